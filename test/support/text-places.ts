import type { GraphQLSchema } from 'graphql';
import { inputPlaces } from './id-places.ts';

/**
 * How a text that a client gives is judged. NAME: one line, by `optionalName` or `requireName`. TEXT: several lines, by `optionalText` or `requireText`.
 * URL: by `optionalUrl`. FILE_NAME: by `requireFileName`, which leaves out what does not belong there. The others are compared with something and never shown: KEYWORD, and what only the server or the person knows.
 */
export type Judge = 'NAME' | 'TEXT' | 'URL' | 'USERNAME' | 'PASSWORD' | 'KEYWORD' | 'EMOJI' | 'CODE' | 'CURSOR' | 'FILE_NAME';

/** How each text of the schema is judged. */
export const judges: Readonly<Record<string, Judge>> = {
  'Query.auditLog AuditFilter.action': 'KEYWORD',
  'Query.auditLog(after:)': 'CURSOR',
  'Query.contacts(after:)': 'CURSOR',
  'Query.conversations(after:)': 'CURSOR',
  'Query.friendRequests(after:)': 'CURSOR',
  'Query.groupByCode(inviteCode:)': 'CODE',
  'Query.searchMessages(after:)': 'CURSOR',
  'Query.searchMessages(keyword:)': 'KEYWORD',
  'Query.searchUsers(after:)': 'CURSOR',
  'Query.searchUsers(keyword:)': 'KEYWORD',
  'Query.userByExternalId(externalId:)': 'CODE',
  'Query.userByExternalId(provider:)': 'CODE',
  'Query.users(after:)': 'CURSOR',
  'Query.users(keyword:)': 'KEYWORD',
  'Mutation.allowToWrite ExternalIdInput.id': 'CODE',
  'Mutation.allowToWrite ExternalIdInput.provider': 'CODE',
  'Mutation.answerFriendRequest(remark:)': 'NAME',
  'Mutation.changePassword(newPassword:)': 'PASSWORD',
  'Mutation.changePassword(oldPassword:)': 'PASSWORD',
  'Mutation.createGroup CreateGroupInput.name': 'NAME',
  'Mutation.createServerKey(name:)': 'NAME',
  'Mutation.createUpload CreateUploadInput.name': 'FILE_NAME',
  'Mutation.editMessage EditedContentInput.caption': 'TEXT',
  'Mutation.editMessage EditedContentInput.text': 'TEXT',
  'Mutation.endSessions ExternalIdInput.id': 'CODE',
  'Mutation.endSessions ExternalIdInput.provider': 'CODE',
  'Mutation.identify IdentifyInput.device': 'NAME',
  'Mutation.identify IdentifyInput.proof': 'CODE',
  'Mutation.identify IdentifyInput.provider': 'CODE',
  'Mutation.issueSession ExternalIdInput.id': 'CODE',
  'Mutation.issueSession ExternalIdInput.provider': 'CODE',
  'Mutation.issueSession IssueSessionInput.device': 'NAME',
  'Mutation.joinGroup(inviteCode:)': 'CODE',
  'Mutation.joinGroup(message:)': 'TEXT',
  'Mutation.login LoginInput.device': 'NAME',
  'Mutation.login LoginInput.newPassword': 'PASSWORD',
  'Mutation.login LoginInput.password': 'PASSWORD',
  'Mutation.login LoginInput.username': 'USERNAME',
  'Mutation.login LoginInput.work': 'CODE',
  'Mutation.react(emoji:)': 'EMOJI',
  'Mutation.refreshSession(refreshToken:)': 'CODE',
  'Mutation.register RegisterInput.nickname': 'NAME',
  'Mutation.register RegisterInput.password': 'PASSWORD',
  'Mutation.register RegisterInput.username': 'USERNAME',
  'Mutation.register RegisterInput.work': 'CODE',
  'Mutation.registerVisitor RegisterVisitorInput.brand': 'NAME',
  'Mutation.registerVisitor RegisterVisitorInput.model': 'NAME',
  'Mutation.registerVisitor RegisterVisitorInput.os': 'NAME',
  'Mutation.registerVisitor RegisterVisitorInput.platform': 'NAME',
  'Mutation.registerVisitor RegisterVisitorInput.work': 'CODE',
  'Mutation.saveProvider ProviderInput.audience': 'CODE',
  'Mutation.saveProvider ProviderInput.issuer': 'CODE',
  'Mutation.saveProvider ProviderInput.jwksUrl': 'CODE',
  'Mutation.saveProvider ProviderInput.name': 'NAME',
  'Mutation.sendFriendRequest(message:)': 'TEXT',
  'Mutation.sendMessage AttachmentsInput.caption': 'TEXT',
  'Mutation.sendMessage CustomContentInput.data': 'CODE',
  'Mutation.sendMessage CustomContentInput.text': 'TEXT',
  'Mutation.sendMessage CustomContentInput.type': 'CODE',
  'Mutation.sendMessage LocationInput.name': 'NAME',
  'Mutation.sendMessage MessageContentInput.text': 'TEXT',
  'Mutation.sendNotice ExternalIdInput.id': 'CODE',
  'Mutation.sendNotice ExternalIdInput.provider': 'CODE',
  'Mutation.sendNotice SendNoticeInput.data': 'CODE',
  'Mutation.sendNotice SendNoticeInput.text': 'TEXT',
  'Mutation.sendNotice SendNoticeInput.type': 'CODE',
  'Mutation.unreact(emoji:)': 'EMOJI',
  'Mutation.updateFriend UpdateFriendInput.remark': 'NAME',
  'Mutation.updateGroup UpdateGroupInput.announcement': 'TEXT',
  'Mutation.updateGroup UpdateGroupInput.avatar': 'URL',
  'Mutation.updateGroup UpdateGroupInput.name': 'NAME',
  'Mutation.updateMember(nickname:)': 'NAME',
  'Mutation.updateProfile UpdateProfileInput.avatar': 'URL',
  'Mutation.updateProfile UpdateProfileInput.bio': 'TEXT',
  'Mutation.updateProfile UpdateProfileInput.location': 'NAME',
  'Mutation.updateProfile UpdateProfileInput.nickname': 'NAME',
  'Mutation.updateProfile UpdateProfileInput.website': 'URL',
  'Mutation.updateUser(reason:)': 'TEXT',
  'Mutation.upsertUser TraitInput.key': 'CODE',
  'Mutation.upsertUser TraitInput.value': 'CODE',
  'Mutation.upsertUser UpsertUserInput.avatar': 'URL',
  'Mutation.upsertUser UpsertUserInput.externalId': 'CODE',
  'Mutation.upsertUser UpsertUserInput.nickname': 'NAME',
  'Mutation.upsertUser UpsertUserInput.provider': 'CODE',
  'Subscription.events(after:)': 'CURSOR',
};

/** The names of all places of the schema into which a client puts a text. */
export function textPlaces(schema: GraphQLSchema): string[] {
  const texts = inputPlaces(schema).filter(({ scalar }) => scalar === 'String');
  return [...new Set(texts.map(({ name }) => name))];
}

/** The places that are judged in one of these ways. */
export function placesJudgedAs(...wanted: readonly Judge[]): string[] {
  return Object.entries(judges).flatMap(([place, judge]) => (wanted.includes(judge) ? [place] : []));
}
