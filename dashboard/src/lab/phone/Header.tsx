import { Back, BackArrow, StatusSigns } from './glyphs.tsx';
import css from './phone.module.css';
import type { Skin } from './skins.ts';
import { timeOf } from './time.ts';

/** The phone's own line: the time and the signs. */
export function StatusBar() {
  return (
    <div className={css.status} aria-hidden="true">
      <span>{timeOf(new Date().toISOString())}</span>
      <StatusSigns />
    </div>
  );
}

/** The top of the screen: the phone's own line, and who one talks to. */
export function Header({ skin, title, typing }: { skin: Skin; title: string; typing: boolean }) {
  const face = (
    <span className={css.face} aria-hidden="true">
      {[...title][0]?.toUpperCase()}
    </span>
  );
  const words = (
    <div className={css.titles}>
      <p className={css.title} dir="auto">
        {title}
      </p>
      <p className={css.sub} data-typing={typing || undefined}>
        {typing ? 'typing…' : skin.sub}
      </p>
    </div>
  );
  return (
    <div className={css.top}>
      <StatusBar />
      <div className={css.header}>
        <span className={css.back}>{skin.header === 'centred' ? <Back /> : <BackArrow />}</span>
        {skin.header === 'left' && face}
        {words}
        {skin.header === 'centred' && face}
      </div>
    </div>
  );
}
