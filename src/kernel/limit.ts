/** A number that a client can run into, under a name that ends with its unit. */
export interface Limit {
  readonly name: string;
  readonly value: number;
}
