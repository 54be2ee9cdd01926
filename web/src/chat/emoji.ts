/** The emoji of the picker. The first row is offered at a message too. */
export const quickEmoji = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

export type EmojiGroup = 'smileys' | 'gestures' | 'hearts' | 'nature' | 'food' | 'things';

/** Parted by blanks. What is older than Unicode 12, so that every system draws it. */
const groups: Readonly<Record<EmojiGroup, string>> = {
  smileys:
    '😀 😃 😄 😁 😆 😅 😂 🤣 😊 🙂 🙃 😉 😌 😍 🥰 😘 😋 😛 😜 🤪 🤔 🤨 😐 😑 😶 🙄 😏 😬 🤥 😴 😪 🤤 😷 🤒 🤧 🥵 🥶 😎 🤓 🧐 😕 😟 🙁 😮 😯 😲 😳 🥺 😨 😰 😥 😢 😭 😱 😖 😞 😓 😩 😫 😤 😡 😠 🤬 😇 🥳 🤗 🤫 🤭 🤯 😈 👻 💀 🤖',
  gestures: '👍 👎 👌 ✌️ 🤞 🤟 🤘 🤙 👈 👉 👆 👇 ☝️ ✋ 🤚 🖐️ 👋 🤝 🙏 💪 👏 🙌 👐 🤲 ✊ 👊 🙇 🤷 🤦 🙋 🏃 💃 👀 🧠',
  hearts: '❤️ 🧡 💛 💚 💙 💜 🖤 💔 ❣️ 💕 💞 💓 💗 💖 💘 💝 💯 ✨ ⭐ 🌟 🔥 🎉 🎊 🎈 🎁 🏆 🥇 💤 💥 💬 ❓ ❗ ✅ ❌ ➕',
  nature: '🐶 🐱 🐭 🐰 🦊 🐻 🐼 🐨 🐯 🦁 🐮 🐷 🐸 🐵 🐔 🐧 🐦 🦉 🐝 🦋 🐢 🐙 🐠 🐬 🐳 🌸 🌹 🌻 🌲 🌴 🍀 🍁 🌙 ☀️ ☁️ 🌧️ ⛄ 🌈 🌊',
  food: '🍎 🍊 🍋 🍌 🍉 🍇 🍓 🍑 🥝 🍅 🥑 🥕 🌽 🍞 🧀 🥚 🍔 🍟 🍕 🌮 🍜 🍣 🥟 🍚 🍱 🍦 🍰 🎂 🍫 🍪 ☕ 🍵 🍺 🍷 🥂',
  things: '⏰ 📅 📌 📎 ✏️ 📝 📚 💡 🔔 🔒 🔑 🔧 💻 📱 📷 🎧 🎵 🎮 ⚽ 🏀 🚲 🚗 🚆 ✈️ 🚀 🏠 🏢 🏖️ ⛰️ 🗺️ 💰 🛒 ✉️ 📦 🩺',
};

export const emojiGroups: readonly { readonly group: EmojiGroup; readonly emoji: readonly string[] }[] = (
  ['smileys', 'gestures', 'hearts', 'nature', 'food', 'things'] as const
).map((group) => ({ group, emoji: groups[group].split(' ') }));
