/** When this browser asked for a server, for the clock on its progress page. Kept for this tab only; the service does not store it. */

const place = (id: string) => `lethe.asked.${id}`;

export const markAsked = (id: string): void => sessionStorage.setItem(place(id), String(Date.now()));

/** Milliseconds since the epoch; null if the server was asked for elsewhere. */
export function askedAt(id: string): number | null {
  const text = sessionStorage.getItem(place(id));
  return text === null ? null : Number(text);
}
