/** A time as the API writes it, with microseconds. Texts of this form sort by time. */
export const microTime = (time: Date): string => time.toISOString().replace('Z', '000Z');
