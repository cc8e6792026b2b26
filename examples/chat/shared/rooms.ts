/** The names of the two kinds of rooms. A socket is in its user's room by itself. */
export const conversationRoom = (conversationId: number) => `conversation:${conversationId}`
export const userRoom = (personId: string) => `user:${personId}`
