import { describe, expect, it } from 'vitest';
import { JoinGroupDocument } from '../../test/generated/graphql.ts';
import { createGroup } from '../../test/support/groups.ts';
import { makeFriends, type Person, registerUser } from '../../test/support/people.ts';
import { type Actor, enter, expectNoProblems } from './support/actor.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import { isOf } from './support/operations.ts';
import { startPages } from './support/pages.ts';

/** Chooses from the menu of somebody's card. */
async function fromCard({ page, words }: Actor, item: string): Promise<void> {
  await page.getByRole('main').getByRole('button', { name: words.people.more, exact: true }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

/** Chooses from the menu of a member. */
async function fromMember({ page, words }: Actor, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: words.groups.actionsFor(name), exact: true }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

const inDialog = ({ page }: Actor, name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true });

describe.skipIf(!hasBrowser)('people on the pages', () => {
  it('two people find each other, are told before who may write, become friends and part', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const [annPerson, boPerson] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: '王小波' })];
    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'desktop', locale: 'en', theme: 'light' });
    const bo = await enter(browser, boPerson, { size: 'phone', locale: 'zh', theme: 'dark' });

    // Found by a part of the name, in Chinese; the card says that only friends may write, before a word is written.
    await ann.open('/people');
    await ann.page.getByLabel(ann.words.people.searchPeople).fill('小波');
    await ann.page.getByRole('link', { name: '王小波' }).click();
    await ann.page.getByText(ann.words.people.becauseFriendship(bo.name)).waitFor();
    expect(await ann.page.getByRole('link', { name: ann.words.people.writeMessage, exact: true }).count()).toBe(0);

    // A request with a word in it, taken back and sent anew.
    const ask = async (message: string) => {
      await ann.button(ann.words.people.addFriend).first().click();
      await ann.page.getByRole('dialog').getByLabel(ann.words.people.requestMessage).fill(message);
      await inDialog(ann, ann.words.people.sendRequest).click();
    };
    await ask('Hello?');
    await ann.button(ann.words.people.takeBack).first().click();
    await ann.button(ann.words.people.takeBack).waitFor({ state: 'detached' });
    await ask('We met on the mountain.');
    await ann.page.getByRole('main').getByText('We met on the mountain.').waitFor();

    // Bo sees it at once, accepts, and both cards say so.
    await bo.open('/people');
    await bo.page.getByRole('tab', { name: bo.words.people.requests, exact: true }).click();
    await bo.page.getByText('We met on the mountain.').waitFor();
    await bo.button(bo.words.people.accept).click();
    await ann.page.getByText(ann.words.people.mayWrite(bo.name)).waitFor();
    await bo.page.getByRole('tab', { name: bo.words.people.friends, exact: true }).click();
    await bo.page.getByRole('link', { name: ann.name }).click();
    await bo.page.getByText(bo.words.people.mayWrite(ann.name)).waitFor();

    // A name of one's own, a star, the code for a phone.
    await fromCard(ann, ann.words.people.setRemark);
    await ann.page.getByRole('dialog').getByRole('textbox').fill('Mountain Bo');
    await inDialog(ann, ann.words.common.save).click();
    await ann.page.getByRole('heading', { name: 'Mountain Bo' }).waitFor();
    await fromCard(ann, ann.words.people.star);
    await ann.page.getByRole('main').getByText(ann.words.people.starred, { exact: true }).waitFor();
    await fromCard(ann, ann.words.people.showQrCode);
    await ann.page.getByRole('img', { name: ann.words.people.qrOfUser('Mountain Bo') }).waitFor();
    await ann.page.keyboard.press('Escape');

    // Blocking: the one is told, and the other one's card too; and back.
    await fromCard(bo, bo.words.people.block);
    await inDialog(bo, bo.words.people.block).click();
    await bo.page.getByText(bo.words.people.becauseBlockedByYou(ann.name)).waitFor();
    await ann.open('/people');
    await ann.page.getByRole('link', { name: 'Mountain Bo' }).first().click();
    await ann.page.getByText(ann.words.people.becauseBlocked('Mountain Bo')).waitFor();
    await bo.page.getByRole('main').getByRole('button', { name: bo.words.people.unblock, exact: true }).click();
    await bo.page.getByText(bo.words.people.mayWrite(ann.name)).waitFor();

    // Following, and no friends any more.
    await fromCard(bo, bo.words.people.follow);
    await bo.page.getByRole('main').getByRole('button', { name: bo.words.people.more, exact: true }).click();
    await bo.page.getByRole('menuitem', { name: bo.words.people.unfollow }).waitFor();
    await bo.page.keyboard.press('Escape');
    await fromCard(bo, bo.words.people.removeFriend);
    await inDialog(bo, bo.words.people.removeFriend).click();
    await bo.page.getByText(bo.words.people.becauseFriendship(ann.name)).waitFor();
    expectNoProblems(ann, bo);
  });

  it('a group is made, joined by its link with approval, led, announced in, left and dissolved', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const people = await Promise.all(['Ann', '李雷', 'Cy'].map((nickname) => registerUser(app, { nickname })));
    const [annPerson, leiPerson, cyPerson] = people as [Person, Person, Person];
    await makeFriends(annPerson, leiPerson);
    const browser = await openBrowser();
    const ann = await enter(browser, annPerson, { size: 'phone', locale: 'en', theme: 'dark' });
    const lei = await enter(browser, leiPerson, { size: 'desktop', locale: 'zh', theme: 'light' });
    const cy = await enter(browser, cyPerson, { size: 'narrow', locale: 'en', theme: 'light' });

    // Made of friends; it is on the other one's page at once.
    await ann.open('/groups/new');
    await ann.fill(ann.words.groups.name, 'Hikers');
    await ann.page.getByRole('checkbox', { name: '李雷' }).check();
    await ann.page.getByRole('radio', { name: ann.words.groups.policyApproval }).check();
    await ann.button(ann.words.groups.create).click();
    await ann.page.waitForURL('**/chats/*');
    const conversationId = decodeURIComponent(new URL(ann.page.url()).pathname.split('/').at(-1) ?? '');
    await lei.page.getByText('Hikers').first().click();

    // The link leads somebody else to the group before they join; the owner lets them in.
    await ann.open(`/groups/${encodeURIComponent(conversationId)}`);
    await ann.button(ann.words.people.showQrCode).click();
    await ann.page.getByRole('img', { name: ann.words.people.qrOfGroup('Hikers') }).waitFor();
    const link = await ann.page.getByRole('dialog').getByText('/group/').textContent();
    await ann.page.keyboard.press('Escape');
    await cy.page.goto(new URL(link ?? '').pathname);
    await cy.page.getByRole('heading', { name: 'Hikers' }).waitFor();
    await cy.fill(cy.words.groups.messageToAdmins, 'May I come?');
    await cy.button(cy.words.groups.askToJoin).click();
    await cy.page.getByText(cy.words.groups.asked).waitFor();
    await ann.page.getByText('May I come?').waitFor();
    await ann.button(ann.words.groups.letIn).click();
    await cy.page.getByRole('link', { name: cy.words.groups.openGroup }).click();
    await cy.write('Thank you!');
    await lei.message('Thank you!').waitFor();

    // An announcement, a role, a nickname; muted, and no word more.
    await ann.button(ann.words.groups.editAnnouncement).click();
    await ann.page.getByRole('dialog').getByRole('textbox').fill('周六八点，北门见。');
    await inDialog(ann, ann.words.common.save).click();
    await lei.page.getByText('公告').first().waitFor();
    await fromMember(ann, '李雷', ann.words.groups.makeAdmin);
    await lei.open(`/groups/${encodeURIComponent(conversationId)}`);
    await lei.button(lei.words.groups.rename).waitFor();
    await fromMember(lei, '李雷', lei.words.groups.setNickname);
    await lei.page.getByRole('dialog').getByRole('textbox').fill('向导');
    await inDialog(lei, lei.words.common.save).click();
    await ann.page.getByText('向导', { exact: true }).waitFor();
    await fromMember(lei, 'Cy', lei.words.groups.mute);
    await inDialog(lei, lei.words.groups.mute).click();
    await cy.page.getByText(/You are muted in this group until/).waitFor();
    await fromMember(lei, 'Cy', lei.words.groups.unmute);
    await cy.page.getByRole('textbox', { name: cy.words.chat.write }).waitFor();

    // A new code: the old link leads nowhere.
    await ann.button(ann.words.groups.resetCode).click();
    await inDialog(ann, ann.words.groups.resetCode).click();
    await ann.page.getByRole('dialog').waitFor({ state: 'detached' });
    await lei.page.goto(new URL(link ?? '').pathname);
    await lei.page.getByText(lei.words.groups.noGroup).waitFor();

    // Out of sight and found again in the archive.
    await ann.page.getByRole('switch', { name: ann.words.groups.archived }).check();
    await ann.open('/');
    await ann.page.getByText('Hikers').waitFor({ state: 'detached' });
    await ann.page.getByRole('button', { name: ann.words.chat.archivedTitle }).first().click();
    await ann.page.getByText('Hikers').first().waitFor();

    // Removed, handed over, left, dissolved: each page follows.
    await ann.open(`/groups/${encodeURIComponent(conversationId)}`);
    await fromMember(ann, 'Cy', ann.words.groups.remove);
    await inDialog(ann, ann.words.groups.remove).click();
    await cy.page.getByText(cy.words.chat.gone).waitFor();
    await fromMember(ann, '向导', ann.words.groups.handOver);
    await inDialog(ann, ann.words.groups.handOver).click();
    await ann.button(ann.words.groups.leave).click();
    await inDialog(ann, ann.words.groups.leave).click();
    await ann.page.waitForURL((url) => url.pathname === '/');
    await lei.open(`/groups/${encodeURIComponent(conversationId)}`);
    await lei.button(lei.words.groups.dissolve).click();
    await inDialog(lei, lei.words.groups.dissolve).click();
    await lei.page.waitForURL((url) => url.pathname === '/');
    await lei.page.getByText('Hikers').waitFor({ state: 'detached' });
    expectNoProblems(ann, lei, cy);
  });

  it('twenty people come into a group that is open, and its members are read a few times', { timeout: 240_000 }, async () => {
    const app = await startPages();
    const annPerson = await registerUser(app, { nickname: 'Ann' });
    const { id, inviteCode } = await createGroup(annPerson, [], { name: 'Crowd', joinPolicy: 'OPEN' });
    const crowd = await Promise.all(Array.from({ length: 20 }, () => registerUser(app)));
    const ann = await enter(await openBrowser(), annPerson, { size: 'desktop', locale: 'en', theme: 'light' });
    let readings = 0;
    ann.page.on('request', (request) => {
      if (isOf(request, 'query GroupMembers')) readings += 1;
    });
    const readWith = (members: readonly Person[]) =>
      ann.page.waitForResponse(async (response) => {
        if (!isOf(response.request(), 'query GroupMembers')) return false;
        const text = await response.text();
        return members.every(({ user }) => text.includes(user.id));
      });
    let read = readWith([annPerson]);
    await ann.open(`/chats/${encodeURIComponent(id)}`);
    await read;
    read = readWith(crowd);
    await Promise.all(crowd.map((person) => person.ask(JoinGroupDocument, { inviteCode })));
    await read;
    expect(readings).toBeLessThan(12);
    expectNoProblems(ann);
  });
});
