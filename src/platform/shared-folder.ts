/** What of a configuration says who else reads and writes the files. */
export interface FilePlaces {
  /** With an address there are several nodes, or may be. */
  readonly redis: { readonly url: string | undefined };
  /** A bucket, which all nodes reach. */
  readonly s3?: object | null | undefined;
}

/** Whether the folder of files has to be one that all nodes share: what came through one of them is asked for at another. */
export function needsSharedFolder({ redis, s3 }: FilePlaces): boolean {
  return redis.url !== undefined && s3 == null;
}
