import { GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { catalogue, shortened } from '../../kernel/errors.ts';
import { isHashOnly } from '../engine/documents.ts';
import type { ErrorPresenter } from '../engine/errors.ts';
import type { Engine } from '../engine.ts';
import { prepareHttp, type RequestFacts } from './plain.ts';

/**
 * GraphQL over HTTP (https://graphql.github.io/graphql-over-http): Yoga reads the request and writes the answer, the engine does everything
 * between. A refused request is 200 for `application/json`, so that stock clients see why, and 4xx without data for
 * `application/graphql-response+json`. What most requests are, plain.ts answers in the same way and cheaper.
 */
export function createHttpGraphql(engine: Engine, presenter: ErrorPresenter) {
  const throughEngine: Plugin<object, RequestFacts> = {
    onParams({ params: { query, ...rest }, request, context, setParams, setParamsHandler }) {
      if (isHashOnly({ query, ...rest })) setParams({ ...rest, query: '' });
      setParamsHandler(async ({ params }) => {
        const name: unknown = params.operationName;
        if (name != null && typeof name !== 'string')
          return { errors: [new GraphQLError('operationName must be a string', { extensions: { code: 'BAD_QUERY', http: { status: 400 } } })] };
        const prepared = await prepareHttp(engine, params, request.method, context);
        if ('execute' in prepared) return await prepared.execute();
        return { errors: prepared.errors.map((error) => withStatus(error, prepared.status)) };
      });
    },
  };
  return createYoga<RequestFacts>({
    graphqlEndpoint: '/graphql',
    cors: false,
    multipart: false,
    batching: false,
    landingPage: false,
    logging: false,
    parserAndValidationCache: false,
    graphiql: false,
    maskedErrors: { maskError: (error) => presentOwn(error, presenter) },
    plugins: [throughEngine],
  });
}

/** Yoga takes the status of an answer from its errors; `spec` leaves it at 200 for `application/json`. */
function withStatus(error: GraphQLError, status: number): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  const http = status === 405 ? { status, headers: { Allow: 'POST' } } : { status, spec: true };
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { ...extensions, http } });
}

/** What Yoga itself refuses (a body that is no JSON, no query in it) is `BAD_QUERY`; what went wrong in it is a fault of ours. */
function presentOwn(error: unknown, presenter: ErrorPresenter): GraphQLError {
  // The variables and extensions of a GET are what Yoga reads as JSON without saying what it means when it is none.
  if (error instanceof SyntaxError)
    return new GraphQLError('variables and extensions must be JSON objects', { extensions: { code: 'BAD_QUERY', http: { status: 400 } } });
  const http = error instanceof GraphQLError ? error.extensions.http : undefined;
  if (!(error instanceof GraphQLError) || typeof http !== 'object' || http === null)
    return presenter.present(error, { locale: 'en', phase: 'execution', requestId: null });
  // Without `spec`: what is no request at all is told by the status, whatever the reader accepts.
  return new GraphQLError(shortened(error.message) || catalogue.BAD_QUERY.en, { extensions: { code: 'BAD_QUERY', http: { ...http, spec: false } } });
}
