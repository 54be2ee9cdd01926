/** The uploads whose bytes a node takes at the same time. */
export interface UploadPlaces {
  /** Takes a place for an upload of somebody, which `end` ends. Gives what leaves it. */
  enter(owner: number, end: () => void): () => void;
}

interface Place {
  readonly owner: number;
  readonly end: () => void;
}

/**
 * Makes so many places, because each upload has memory of its own. Where all are taken, one of those of whoever has most of them ends, the one that is
 * there for longest: its sender goes on with it later, and many who send slowly keep nobody else out.
 */
export function createUploadPlaces(most: number): UploadPlaces {
  /** In the order in which they came. */
  const places = new Set<Place>();

  const makeRoom = () => {
    const counts = new Map<number, number>();
    for (const { owner } of places) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    const highest = Math.max(...counts.values());
    for (const place of places) {
      if (counts.get(place.owner) !== highest) continue;
      places.delete(place);
      place.end();
      return;
    }
  };

  return {
    enter(owner, end) {
      const place = { owner, end };
      places.add(place);
      if (places.size > most) makeRoom();
      return () => void places.delete(place);
    },
  };
}
