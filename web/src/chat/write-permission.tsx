import type { User } from 'parley-client';
import { UserInfoDocument } from 'parley-client/documents';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { parley } from '../app/parley.ts';
import { navigate } from '../app/router.ts';
import { personPath } from '../people/paths.ts';
import { PermissionNotice } from '../people/permission-notice.tsx';
import { useReading } from '../people/reading.ts';

interface Props {
  readonly peer: User;
  /** Rises with every message: to a stranger only so many may be sent. */
  readonly lastSeq: number;
  /** Where messages are written. */
  readonly children: ComponentChildren;
}

/** Says before anybody writes whether the other one takes messages, and shows the place for them only where they do. */
export function WritePermission({ peer, lastSeq, children }: Props) {
  const { data, reload } = useReading(
    `may write ${peer.id}`,
    async () => (await parley.request(UserInfoDocument, { uuid: peer.uuid })).userInfo,
    ({ __typename: type }) => type === 'UserChanged' || type === 'FriendRequestChanged',
  );
  const permission = data?.relationship?.canMessage;
  const isCounted = permission !== undefined && (!permission.allowed || permission.remaining !== null);
  useEffect(() => {
    if (isCounted) reload();
  }, [lastSeq]);
  return (
    <>
      {data && isCounted && (
        <div class="write-permission">
          <PermissionNotice user={data} onBefriend={() => navigate(personPath(peer.uuid))} />
        </div>
      )}
      {permission?.allowed === false ? null : children}
    </>
  );
}
