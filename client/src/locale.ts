/** The language that was chosen, else that of the page, else English. Asked each time, because pages change theirs. */
export function localeOf(chosen: string | undefined): string {
  return chosen ?? (globalThis.document?.documentElement.lang || 'en');
}

const sentences = {
  NETWORK: ['The server cannot be reached: trying again', '暂时无法连接服务器，正在重试'],
  TOKEN_MISSING: ['Sign in first', '请先登录'],
} as const;

/** The words for it in the language of the page. */
export function sentence(code: keyof typeof sentences, locale: string): string {
  return sentences[code][locale.toLowerCase().startsWith('zh') ? 1 : 0];
}
