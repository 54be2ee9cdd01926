/** The most people whom one message may name. */
export const mentionLimit = 50;
