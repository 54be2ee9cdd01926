import type { GraphQLSchema } from 'graphql';
import { inputPlaces } from './id-places.ts';

/**
 * How a text that a client gives is judged. NAME: one line, by `optionalName` or `requireName`. TEXT: several lines, by `optionalText` or `requireText`.
 * URL: by `optionalUrl`. The others are compared with something and never shown: KEYWORD, and what only the server or the person knows.
 */
export type Judge = 'NAME' | 'TEXT' | 'URL' | 'USERNAME' | 'PASSWORD' | 'KEYWORD' | 'EMOJI' | 'CODE' | 'CURSOR';

/** How each text of the schema is judged. */
export const judges: Readonly<Record<string, Judge>> = {
  'Query.contacts(after:)': 'CURSOR',
  'Query.conversations(after:)': 'CURSOR',
  'Query.friendRequests(after:)': 'CURSOR',
  'Query.groupByCode(inviteCode:)': 'CODE',
  'Query.searchMessages(after:)': 'CURSOR',
  'Query.searchMessages(keyword:)': 'KEYWORD',
  'Query.searchUsers(after:)': 'CURSOR',
  'Query.searchUsers(keyword:)': 'KEYWORD',
  'Query.users(after:)': 'CURSOR',
  'Query.users(keyword:)': 'KEYWORD',
  'Mutation.answerFriendRequest(remark:)': 'NAME',
  'Mutation.changePassword(newPassword:)': 'PASSWORD',
  'Mutation.changePassword(oldPassword:)': 'PASSWORD',
  'Mutation.createGroup CreateGroupInput.name': 'NAME',
  'Mutation.editMessage EditedContentInput.text': 'TEXT',
  'Mutation.joinGroup(inviteCode:)': 'CODE',
  'Mutation.joinGroup(message:)': 'TEXT',
  'Mutation.login LoginInput.device': 'NAME',
  'Mutation.login LoginInput.password': 'PASSWORD',
  'Mutation.login LoginInput.username': 'USERNAME',
  'Mutation.react(emoji:)': 'EMOJI',
  'Mutation.refreshSession(refreshToken:)': 'CODE',
  'Mutation.register RegisterInput.nickname': 'NAME',
  'Mutation.register RegisterInput.password': 'PASSWORD',
  'Mutation.register RegisterInput.username': 'USERNAME',
  'Mutation.registerVisitor RegisterVisitorInput.brand': 'NAME',
  'Mutation.registerVisitor RegisterVisitorInput.model': 'NAME',
  'Mutation.registerVisitor RegisterVisitorInput.os': 'NAME',
  'Mutation.registerVisitor RegisterVisitorInput.platform': 'NAME',
  'Mutation.sendFriendRequest(message:)': 'TEXT',
  'Mutation.sendMessage MessageContentInput.text': 'TEXT',
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
  'Subscription.events(after:)': 'CURSOR',
};

/** The names of all places of the schema into which a client puts a text. */
export function textPlaces(schema: GraphQLSchema): string[] {
  return inputPlaces(schema)
    .filter(({ scalar }) => scalar === 'String')
    .map(({ name }) => name);
}

/** The places that are judged in one of these ways. */
export function placesJudgedAs(...wanted: readonly Judge[]): string[] {
  return Object.entries(judges).flatMap(([place, judge]) => (wanted.includes(judge) ? [place] : []));
}
