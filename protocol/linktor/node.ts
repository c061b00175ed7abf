/** What is wrong with a caller's input, and where: `media.url`, `buttons[2].text`. */
export interface Fault {
  field: string;
  message: string;
}

/** A place in a caller's input that knows its path. Reading never throws: what is of the wrong form is noted as a fault and reads as absent. */
export class Node {
  constructor(
    readonly value: unknown,
    readonly path: string,
    readonly faults: Fault[],
  ) {}

  get isPresent(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get isText(): boolean {
    return typeof this.value === 'string';
  }

  get isList(): boolean {
    return Array.isArray(this.value);
  }

  get isObject(): boolean {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value);
  }

  /** The member of the first of these names that is there; what others call the same thing comes later. */
  at(...names: [string, ...string[]]): Node {
    const members = this.isObject ? (this.value as Record<string, unknown>) : {};
    const name = names.find(
      (one) => Object.hasOwn(members, one) && members[one] !== undefined && members[one] !== null,
    );
    const shown = name ?? names[0];
    return new Node(
      name === undefined ? undefined : members[name],
      this.path ? `${this.path}.${shown}` : shown,
      this.faults,
    );
  }

  fault(message: string): undefined {
    this.faults.push({ field: this.path, message });
    return undefined;
  }

  text(): string | undefined {
    if (!this.isPresent) return undefined;
    return typeof this.value === 'string' ? this.value : this.fault('must be a string');
  }

  needText(): string {
    if (!this.isPresent) this.fault('is required');
    return this.text() ?? '';
  }

  /** Words that must be there: a label, a link. */
  needWords(): string {
    const text = this.needText();
    if (this.isText && text === '') this.fault('must not be empty');
    return text;
  }

  number(): number | undefined {
    if (!this.isPresent) return undefined;
    const value = typeof this.value === 'string' && this.value.trim() !== '' ? Number(this.value) : this.value;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.fault('must be a number');
  }

  needNumber(): number {
    if (!this.isPresent) this.fault('is required');
    return this.number() ?? 0;
  }

  boolean(): boolean | undefined {
    if (!this.isPresent) return undefined;
    return typeof this.value === 'boolean' ? this.value : this.fault('must be true or false');
  }

  object(): Node | undefined {
    if (!this.isPresent) return undefined;
    return this.isObject ? this : this.fault('must be an object');
  }

  record(): Record<string, unknown> | undefined {
    return this.object()?.value as Record<string, unknown> | undefined;
  }

  /** The items of a list; none where there is no list. */
  items(): Node[] {
    if (!this.isPresent) return [];
    if (!Array.isArray(this.value)) {
      this.fault('must be a list');
      return [];
    }
    return this.value.map((item, index) => new Node(item, `${this.path}[${index}]`, this.faults));
  }

  needItems(): Node[] {
    const items = this.items();
    if (items.length === 0 && (!this.isPresent || this.isList)) this.fault('must have at least one item');
    return items;
  }

  /** A list of texts; a text alone is a list of one. */
  texts(): string[] | undefined {
    if (!this.isPresent) return undefined;
    if (this.isText) return [this.value as string];
    return this.items()
      .map((item) => item.needText())
      .filter((text) => text !== '');
  }
}
