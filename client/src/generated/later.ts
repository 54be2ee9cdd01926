import type { TypedDocument } from '../types.ts';
import type {
  CancelUploadMutation,
  CancelUploadMutationVariables,
  ChangePasswordMutation,
  ChangePasswordMutationVariables,
  CreateUploadMutation,
  CreateUploadMutationVariables,
  DirectConversationQuery,
  DirectConversationQueryVariables,
  EditMessageMutation,
  EditMessageMutationVariables,
  IdentifyMutation,
  IdentifyMutationVariables,
  LoginMutation,
  LoginMutationVariables,
  LogoutMutation,
  LogoutMutationVariables,
  MarkReadMutation,
  MarkReadMutationVariables,
  MessagesAroundQuery,
  MessagesAroundQueryVariables,
  PresenceSubscription,
  PresenceSubscriptionVariables,
  ReactMutation,
  ReactMutationVariables,
  ReadMessageQuery,
  ReadMessageQueryVariables,
  ReadUploadQuery,
  ReadUploadQueryVariables,
  RecallMessageMutation,
  RecallMessageMutationVariables,
  RefreshSessionMutation,
  RefreshSessionMutationVariables,
  RegisterMutation,
  RegisterMutationVariables,
  RegisterVisitorMutation,
  RegisterVisitorMutationVariables,
  TypingSubscription,
  TypingSubscriptionVariables,
  UnreactMutation,
  UnreactMutationVariables,
} from './graphql.ts';
const text = <Result, Variables>(...parts: readonly string[]): TypedDocument<Result, Variables> => parts.join('');
const UserText = "fragment User on User{__typename id uuid username nickname avatar role}";
const FileText = "fragment File on File{__typename id name mime size url urlExpiresAt ...on ImageFile{width height thumbnailUrl placeholder isAnimated}...on AudioFile{duration peaks}...on VideoFile{duration width height thumbnailUrl placeholder}}";
const ContentText = "fragment Content on MessageContent{__typename text ...on AttachmentsContent{caption files{...File}}...on LocationContent{latitude longitude name}...on ContactContent{user{...User}}...on CustomContent{type data}...on NoticeContent{code}}";
const QuoteText = "fragment Quote on Message{__typename id seq rev recalledAt sender{...User}content{__typename text}}";
const MessageText = "fragment Message on Message{__typename id seq rev clientId createdAt editedAt recalledAt pinnedAt mentionsEveryone sender{...User}forwardedFrom{...User}mentions{...User}content{...Content}replyTo{...Quote}reactions{emoji count viewerReacted}conversation{__typename id}}";
const ConversationHeadText = "fragment ConversationHead on Conversation{__typename id kind title avatar rev lastSeq readSeq peerReadSeq unreadCount unreadMentionCount isMuted isArchived peer{...User}group{__typename id name avatar memberCount joinPolicy viewerMember{__typename id role mutedUntil}}}";
const ConversationText = "fragment Conversation on Conversation{...ConversationHead lastMessage{...Message}}";
const UploadText = "fragment Upload on Upload{__typename id clientId kind name size state reason uploadUrl expiresAt file{...File}}";
const MessagePageText = "fragment MessagePage on MessageConnection{edges{node{...Message}}pageInfo{hasNextPage hasPreviousPage}}";
const AuthText = "fragment Auth on AuthPayload{token refreshToken user{...User}}";
export const PresenceDocument: TypedDocument<PresenceSubscription, PresenceSubscriptionVariables> = /* @__PURE__ */ text("subscription Presence($userIds:[ID!]!){presence(userIds:$userIds){__typename id presence lastSeenAt}}");
export const TypingDocument: TypedDocument<TypingSubscription, TypingSubscriptionVariables> = /* @__PURE__ */ text("subscription Typing($conversationId:ID!){typing(conversationId:$conversationId){conversation{__typename id}user{...User}}}", UserText);
export const LoginDocument: TypedDocument<LoginMutation, LoginMutationVariables> = /* @__PURE__ */ text("mutation Login($input:LoginInput!){login(input:$input){...Auth}}", AuthText, UserText);
export const RegisterDocument: TypedDocument<RegisterMutation, RegisterMutationVariables> = /* @__PURE__ */ text("mutation Register($input:RegisterInput!){register(input:$input){...Auth}}", AuthText, UserText);
export const RegisterVisitorDocument: TypedDocument<RegisterVisitorMutation, RegisterVisitorMutationVariables> = /* @__PURE__ */ text("mutation RegisterVisitor($input:RegisterVisitorInput!){registerVisitor(input:$input){...Auth}}", AuthText, UserText);
export const IdentifyDocument: TypedDocument<IdentifyMutation, IdentifyMutationVariables> = /* @__PURE__ */ text("mutation Identify($input:IdentifyInput!){identify(input:$input){...Auth}}", AuthText, UserText);
export const RefreshSessionDocument: TypedDocument<RefreshSessionMutation, RefreshSessionMutationVariables> = /* @__PURE__ */ text("mutation RefreshSession($refreshToken:String!){refreshSession(refreshToken:$refreshToken){token refreshToken}}");
export const LogoutDocument: TypedDocument<LogoutMutation, LogoutMutationVariables> = /* @__PURE__ */ text("mutation Logout($sessionId:ID){logout(sessionId:$sessionId)}");
export const ChangePasswordDocument: TypedDocument<ChangePasswordMutation, ChangePasswordMutationVariables> = /* @__PURE__ */ text("mutation ChangePassword($oldPassword:String!$newPassword:String!){changePassword(oldPassword:$oldPassword newPassword:$newPassword)}");
export const MessagesAroundDocument: TypedDocument<MessagesAroundQuery, MessagesAroundQueryVariables> = /* @__PURE__ */ text("query MessagesAround($conversationId:ID!$messageId:ID!$place:String!$count:Int!){node(id:$messageId){__typename ...Message}conversation(id:$conversationId){__typename id older:messages(last:$count before:$place){...MessagePage}newer:messages(first:$count after:$place){...MessagePage}}}", MessageText, UserText, ContentText, FileText, QuoteText, MessagePageText);
export const DirectConversationDocument: TypedDocument<DirectConversationQuery, DirectConversationQueryVariables> = /* @__PURE__ */ text("query DirectConversation($userId:ID!){node(id:$userId){__typename ...on User{...User relationship{__typename id conversation{...Conversation}}}}}", UserText, ConversationText, ConversationHeadText, MessageText, ContentText, FileText, QuoteText);
export const EditMessageDocument: TypedDocument<EditMessageMutation, EditMessageMutationVariables> = /* @__PURE__ */ text("mutation EditMessage($id:ID!$content:EditedContentInput!){editMessage(id:$id content:$content){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const RecallMessageDocument: TypedDocument<RecallMessageMutation, RecallMessageMutationVariables> = /* @__PURE__ */ text("mutation RecallMessage($id:ID!){recallMessage(id:$id){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const ReactDocument: TypedDocument<ReactMutation, ReactMutationVariables> = /* @__PURE__ */ text("mutation React($messageId:ID!$emoji:String!){react(messageId:$messageId emoji:$emoji){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const UnreactDocument: TypedDocument<UnreactMutation, UnreactMutationVariables> = /* @__PURE__ */ text("mutation Unreact($messageId:ID!$emoji:String!){unreact(messageId:$messageId emoji:$emoji){...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);
export const MarkReadDocument: TypedDocument<MarkReadMutation, MarkReadMutationVariables> = /* @__PURE__ */ text("mutation MarkRead($conversationId:ID!$seq:Int!){markRead(conversationId:$conversationId seq:$seq){...ConversationHead}}", ConversationHeadText, UserText);
export const CreateUploadDocument: TypedDocument<CreateUploadMutation, CreateUploadMutationVariables> = /* @__PURE__ */ text("mutation CreateUpload($input:CreateUploadInput!){createUpload(input:$input){...Upload}}", UploadText, FileText);
export const CancelUploadDocument: TypedDocument<CancelUploadMutation, CancelUploadMutationVariables> = /* @__PURE__ */ text("mutation CancelUpload($id:ID!){cancelUpload(id:$id)}");
export const ReadUploadDocument: TypedDocument<ReadUploadQuery, ReadUploadQueryVariables> = /* @__PURE__ */ text("query ReadUpload($id:ID!){node(id:$id){__typename ...Upload}}", UploadText, FileText);
export const ReadMessageDocument: TypedDocument<ReadMessageQuery, ReadMessageQueryVariables> = /* @__PURE__ */ text("query ReadMessage($id:ID!){node(id:$id){__typename ...Message}}", MessageText, UserText, ContentText, FileText, QuoteText);