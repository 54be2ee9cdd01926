/** All events of the schema. */
export const eventNames = [
  'CaughtUp',
  'ConversationChanged',
  'ConversationGone',
  'FriendRequestChanged',
  'JoinRequestChanged',
  'MembersChanged',
  'MessageChanged',
  'MessageSent',
  'SyncReset',
  'UploadChanged',
  'UserChanged',
  'ViewerChanged',
] as const;

/** The types behind each interface of the schema, for `InMemoryCache` of Apollo Client and for other normalised caches. */
export const possibleTypes = {
  Event: [...eventNames],
  File: ['AudioFile', 'ImageFile', 'OtherFile', 'VideoFile'],
  MessageContent: ['AttachmentsContent', 'ContactContent', 'CustomContent', 'LocationContent', 'NoticeContent', 'TextContent'],
  Node: [
    'AuditRecord',
    'Conversation',
    'FriendRequest',
    'Group',
    'JoinRequest',
    'Member',
    'Message',
    'Provider',
    'Relationship',
    'ServerKey',
    'Session',
    'Upload',
    'User',
    'Viewer',
  ],
};
