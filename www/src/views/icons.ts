// Icons as stroke paths on a 16 by 16 board. They stand beside words or carry a label; none is the only sign.

export const icons = {
  area: 'M2 9h5v4.5H2zM9 2.5h5v11H9z',
  table: 'M2 3h12v10H2zM2 6.5h12M2 9.8h12M6.5 3v10',
  save: 'M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11',
  maximise: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5 9 7M2.5 13.5 7 9',
  restore: 'M13.5 6.5h-4v-4M2.5 9.5h4v4M9.5 6.5 14 2M6.5 9.5 2 14',
  play: 'M4.5 2.8v10.4L13 8z',
  pause: 'M5 3v10M11 3v10',
  back: 'M12 3 7 8l5 5M4 3v10',
  forward: 'M4 3l5 5-5 5M12 3v10',
  loop: 'M3 8a5 5 0 0 1 8.8-3.2L13.5 6M13.5 2.5V6H10M13 8a5 5 0 0 1-8.8 3.2L2.5 10M2.5 13.5V10H6',
  branch:
    'M4.5 5v6M4.5 7.5c0 2 7 .5 7-2.5M4.5 5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM4.5 14a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM11.5 5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
} as const;
