import { createTheme } from '@mantine/core';

/** What floats hangs inside the page's main part, so that a reader of landmarks finds it there. */
const portalProps = { target: '#page' };

/** Mantine in our measures: what it draws takes its colours from tokens.css by way of mantine.css. */
export const theme = createTheme({
  fontFamily: 'var(--tb-font)',
  fontFamilyMonospace: 'var(--tb-mono)',
  defaultRadius: 8,
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Menu: {
      defaultProps: {
        transitionProps: { transition: 'fade', duration: 80 },
        offset: 4,
        loop: true,
        withInitialFocusPlaceholder: false,
        portalProps,
      },
      classNames: {
        dropdown: 'tb-menu-dropdown',
        item: 'tb-menu-item',
        label: 'tb-menu-label',
        divider: 'tb-menu-divider',
        itemSection: 'tb-menu-section',
      },
    },
    Popover: {
      defaultProps: { transitionProps: { transition: 'fade', duration: 80 }, offset: 6, portalProps },
      classNames: { dropdown: 'tb-popover' },
    },
    Input: { classNames: { input: 'tb-input' } },
    InputWrapper: { classNames: { label: 'tb-label', description: 'tb-description' } },
    Tooltip: {
      defaultProps: {
        openDelay: 350,
        transitionProps: { transition: 'fade', duration: 80 },
        events: { hover: true, focus: true, touch: false },
      },
      classNames: { tooltip: 'tb-tooltip' },
    },
    Modal: { defaultProps: { portalProps }, classNames: { overlay: 'tb-overlay' } },
    Drawer: { defaultProps: { portalProps }, classNames: { overlay: 'tb-overlay' } },
  },
});
