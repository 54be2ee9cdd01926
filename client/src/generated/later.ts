import type { TypedDocument } from '../types.ts';
import type {
  CancelUploadMutation,
  CancelUploadMutationVariables,
  ChangePasswordMutation,
  ChangePasswordMutationVariables,
  CreateUploadMutation,
  CreateUploadMutationVariables,
  IdentifyMutation,
  IdentifyMutationVariables,
  LoginMutation,
  LoginMutationVariables,
  LogoutMutation,
  LogoutMutationVariables,
  ReadMessageQuery,
  ReadMessageQueryVariables,
  ReadUploadQuery,
  ReadUploadQueryVariables,
  RefreshSessionMutation,
  RefreshSessionMutationVariables,
  RegisterMutation,
  RegisterMutationVariables,
  RegisterVisitorMutation,
  RegisterVisitorMutationVariables,
} from './graphql.ts';
const text = <Result, Variables>(...parts: readonly string[]): TypedDocument<Result, Variables> => parts.join('');
const UserText = "fragment User on User{__typename id uuid username nickname avatar role}";
const FileText = "fragment File on File{__typename id name mime size url urlExpiresAt ...on ImageFile{width height thumbnailUrl placeholder isAnimated}...on AudioFile{duration peaks}...on VideoFile{duration width height thumbnailUrl placeholder}}";
const ContentText = "fragment Content on MessageContent{__typename text ...on AttachmentsContent{caption files{...File}}...on LocationContent{latitude longitude name}...on ContactContent{user{...User}}...on CustomContent{type data}...on NoticeContent{code}}";
const QuoteText = "fragment Quote on Message{__typename id seq rev recalledAt sender{...User}content{__typename text}}";
const MessageText = "fragment Message on Message{__typename id seq rev clientId createdAt editedAt recalledAt pinnedAt mentionsEveryone sender{...User}forwardedFrom{...User}mentions{...User}content{...Content}replyTo{...Quote}reactions{emoji count viewerReacted}conversation{__typename id}}";
const UploadText = "fragment Upload on Upload{__typename id clientId kind name size state reason uploadUrl expiresAt file{...File}}";
const AuthText = "fragment Auth on AuthPayload{token refreshToken user{...User}}";
export const LoginDocument: TypedDocument<LoginMutation, LoginMutationVariables> = /* @__PURE__ */ text("mutation Login($input:LoginInput!){login(input:$input){...Auth}}", AuthText, UserText);
export const RegisterDocument: TypedDocument<RegisterMutation, RegisterMutationVariables> = /* @__PURE__ */ text("mutation Register($input:RegisterInput!){register(input:$input){...Auth}}", AuthText, UserText);
export const RegisterVisitorDocument: TypedDocument<RegisterVisitorMutation, RegisterVisitorMutationVariables> = /* @__PURE__ */ text("mutation RegisterVisitor($input:RegisterVisitorInput!){registerVisitor(input:$input){...Auth}}", AuthText, UserText);
export const IdentifyDocument: TypedDocument<IdentifyMutation, IdentifyMutationVariables> = /* @__PURE__ */ text("mutation Identify($input:IdentifyInput!){identify(input:$input){...Auth}}", AuthText, UserText);
export const RefreshSessionDocument: TypedDocument<RefreshSessionMutation, RefreshSessionMutationVariables> = /* @__PURE__ */ text("mutation RefreshSession($refreshToken:String!){refreshSession(refreshToken:$refreshToken){token refreshToken}}");
export const LogoutDocument: TypedDocument<LogoutMutation, LogoutMutationVariables> = /* @__PURE__ */ text("mutation Logout($sessionId:ID){logout(sessionId:$sessionId)}");
export const ChangePasswordDocument: TypedDocument<ChangePasswordMutation, ChangePasswordMutationVariables> = /* @__PURE__ */ text("mutation ChangePassword($oldPassword:String!$newPassword:String!){changePassword(oldPassword:$oldPassword newPassword:$newPassword)}");
export const CreateUploadDocument: TypedDocument<CreateUploadMutation, CreateUploadMutationVariables> = /* @__PURE__ */ text("mutation CreateUpload($input:CreateUploadInput!){createUpload(input:$input){...Upload}}", UploadText, FileText);
export const CancelUploadDocument: TypedDocument<CancelUploadMutation, CancelUploadMutationVariables> = /* @__PURE__ */ text("mutation CancelUpload($id:ID!){cancelUpload(id:$id)}");
export const ReadUploadDocument: TypedDocument<ReadUploadQuery, ReadUploadQueryVariables> = /* @__PURE__ */ text("query ReadUpload($id:ID!){node(id:$id){__typename ...Upload}}", UploadText, FileText);
export const ReadMessageDocument: TypedDocument<ReadMessageQuery, ReadMessageQueryVariables> = /* @__PURE__ */ text("query ReadMessage($id:ID!){node(id:$id){__typename ...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);