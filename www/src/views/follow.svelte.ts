// A box that keeps its newest content in sight until the reader scrolls back, and shows what is selected elsewhere.

import { boxPartAt } from '../layout/stretch';

const NEAR = 48;
/** Nearer to an edge than this, content fades (views that scroll sideways fade at their edges). */
const FADE = 28;

export class Follow {
  box: HTMLElement | null = null;
  /** The content runs down, not sideways. */
  downwards = false;
  /** The newest content is kept in sight. */
  follows = $state(true);
  /** Which box of the content is in sight where it does not follow. */
  at = $state(0);
  /** It was a pin, not the reader, that left the newest content. */
  private leftForPin = false;
  private target = 0;
  private frame = 0;
  private scrollFrame = 0;

  /** For the scroll event. Sizes are read in the frame's own time: at once, everything would be laid out twice. */
  readonly scrolled = (): void => {
    this.scrollFrame ||= requestAnimationFrame(() => {
      this.scrollFrame = 0;
      const box = this.box;
      if (!box) return;
      const [place, rest] = this.downwards
        ? [box.scrollTop, box.scrollHeight - box.clientHeight - box.scrollTop]
        : [box.scrollLeft, box.scrollWidth - box.clientWidth - box.scrollLeft];
      // Short of the end, but not short of where it was sent: the content has grown since, nobody scrolled.
      if (rest < NEAR) {
        this.follows = true;
        this.leftForPin = false;
      } else if (place < this.target - 4 && this.follows) {
        this.follows = false;
        this.leftForPin = false;
      }
      this.at = boxPartAt(place, this.downwards ? box.clientHeight : box.clientWidth);
    });
  };

  /** Another run: whatever was scrolled to is gone. */
  again(): void {
    this.follows = true;
    this.leftForPin = false;
    this.target = 0;
  }

  /** The content has changed; by the next step of a run that plays or is being made, the pin is left again. */
  grown(byOneStep: boolean): void {
    if (byOneStep && this.leftForPin) this.follows = true;
    if (this.follows) this.schedule(() => this.toEnd());
  }

  private toEnd(): void {
    const box = this.box;
    if (!box) return;
    if (this.downwards) box.scrollTop = box.scrollHeight;
    else box.scrollLeft = box.scrollWidth;
    this.target = this.downwards ? box.scrollTop : box.scrollLeft;
  }

  /** Brings an element into sight without moving the page. */
  show(find: () => Element | null | undefined): void {
    this.schedule(() => {
      const box = this.box;
      const element = find();
      if (!box || !element) return;
      const own = element.getBoundingClientRect();
      const frame = box.getBoundingClientRect();
      const [start, end] = this.downwards
        ? [own.top - frame.top, own.bottom - frame.bottom]
        : [own.left - frame.left, own.right - frame.right];
      const by = start < FADE ? start - NEAR : end > -FADE ? end + NEAR : 0;
      if (by === 0) return;
      if (this.downwards) box.scrollTop += by;
      else box.scrollLeft += by;
      if (this.follows) this.leftForPin = true;
      this.follows = false;
      this.scrolled();
    });
  }

  private schedule(act: () => void): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(act);
  }
}
