/** A long text without its middle: two thirds of the limit from its head, one third from its tail. */
export function headAndTail(text: string, limit: number): string {
  if (text.length <= limit) {
    return text;
  }
  const head = Math.floor((limit * 2) / 3);
  const tail = limit - head;
  const left = text.length - limit;
  return `${text.slice(0, head)}\n[... ${left} characters left out ...]\n${text.slice(-tail)}`;
}
