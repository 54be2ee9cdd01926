import { texts } from '../app/texts.ts';

/** Words that every part of the page needs. */
export const words = texts(
  {
    back: 'Back',
    cancel: 'Cancel',
    close: 'Close',
    loading: 'Loading…',
    more: 'More',
    ok: 'OK',
    remove: 'Remove',
    retry: 'Try again',
    save: 'Save',
    saved: 'Saved',
    search: 'Search',
    /** For a fault without a sentence of the server’s. */
    failed: 'That did not work. Try again.',
    noNetwork: 'The server cannot be reached. Check your connection.',
  },
  {
    back: '返回',
    cancel: '取消',
    close: '关闭',
    loading: '加载中…',
    more: '更多',
    ok: '好',
    remove: '移除',
    retry: '重试',
    save: '保存',
    saved: '已保存',
    search: '搜索',
    failed: '操作未成功，请重试。',
    noNetwork: '无法连接到服务器，请检查网络。',
  },
);
