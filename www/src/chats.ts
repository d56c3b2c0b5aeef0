// Conversations, fetched in one piece when somebody asks for Chat.

export { Chat } from './app/chat.svelte';
export { default as ChatSettings } from './frame/ChatSettings.svelte';
export { default as ChatTurns } from './frame/ChatTurns.svelte';
