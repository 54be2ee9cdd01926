/** What is kept with an object and goes with it. */
export interface Attached<K extends object, V> {
  get(owner: K): V | undefined;
  set(owner: K, value: V): void;
}

/** Gives the object itself, onto which a class that extends it puts its fields. */
class Onto {
  constructor(owner: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the one way to put a field onto an object that no copy of it takes along
    return owner;
  }
}

/**
 * Makes a place for one value on objects that live for an operation, a snapshot or a connection. A WeakMap says the same, but collecting what is young,
 * V8 keeps every value of one that is old: where a value reaches its key, both stay, with all that they reach, until everything is collected. That was
 * a tenth of all that operations allocate.
 */
export function createAttached<K extends object, V>(): Attached<K, V> {
  class Place extends Onto {
    #value: V;

    constructor(owner: K, value: V) {
      super(owner);
      this.#value = value;
    }

    static get(owner: object): V | undefined {
      return #value in owner ? owner.#value : undefined;
    }

    static set(owner: K, value: V): void {
      if (#value in owner) owner.#value = value;
      else new Place(owner, value);
    }
  }
  return Place;
}
