import { comeIn, goodClaims, proofBySecret, secondsNow } from './issuers.ts';
import { makeFriends, type Person } from './people.ts';
import type { Case } from './state-cases.ts';
import type { Scene } from './state-scene.ts';

/** The sub of somebody of a scene. */
const subOf = ({ conversationId }: Scene) => `customer of ${conversationId}`;
const proofOf = (scene: Scene, more: Readonly<Record<string, unknown>> = {}) => proofBySecret(goodClaims(subOf(scene), more));
const bothEnd = ({ actor }: Scene) => new Map<Person, string>(actor.map((device) => [device, 'TOKEN_INVALID']));

/** Whoever a proof is about. */
export const identityCases: Readonly<Record<string, readonly Case[]>> = {
  identify: [
    { name: 'a new user', act: (scene) => comeIn(scene.app, proofOf(scene, { name: 'Ada' })) },
    {
      name: 'a visitor becomes a user',
      actorIs: 'visitor',
      act: (scene) => comeIn(scene.app, proofOf(scene, { name: 'Ada', picture: 'https://example.com/ada.png' }), { deviceId: scene.deviceId }),
      ends: bothEnd,
    },
    {
      name: 'somebody who is there already leaves the visitor of the device behind',
      actorIs: 'visitor',
      arrange: (scene) => comeIn(scene.app, proofOf(scene)),
      act: (scene) => comeIn(scene.app, proofOf(scene), { deviceId: scene.deviceId }),
      ends: bothEnd,
    },
    {
      name: 'a friend with another name and picture',
      arrange: async (scene) => {
        await makeFriends(await comeIn(scene.app, proofOf(scene, { name: 'Ada', iat: secondsNow() - 10 })), scene.peer[0]);
      },
      act: (scene) => comeIn(scene.app, proofOf(scene, { name: 'Grace', picture: 'https://example.com/grace.png' })),
    },
  ],
};
