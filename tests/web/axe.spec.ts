// axe (WCAG 2.2 AA) finds nothing: every view, every dialog, every look, from the narrowest to the widest window. Looks that
// change colours alone are tried at both ends; that of the projector has larger letters, so it is tried at every width.

import { clean, drawPanels, noSidewaysScroll, openOptions, selectMember } from './support/access.ts';
import { recordFirst } from './support/chain.ts';
import { openMore } from './support/models.ts';
import { expect, test } from './support/page.ts';

const LOOKS = ['light', 'dark', 'projector', 'forced colours'] as const;
const WIDTHS = [320, 390, 768, 900, 1280, 1440] as const;
const COLOURS_ALONE = ['dark', 'forced colours'];
const DIALOGS = ['runs', 'palette', 'settings', 'help'] as const;
const PANELS = ['Slots', 'Threshold', 'Received', 'Visibility', 'Text'] as const;
const INSPECTOR = ['Why here', 'Kin', 'Who looks at it', 'Numbers'] as const;

for (const look of LOOKS) {
  for (const width of WIDTHS.filter((width) => !COLOURS_ALONE.includes(look) || width === 320 || width === 1440)) {
    test(`axe finds nothing: ${look}, ${width} px`, async ({ page, server, open }) => {
      await recordFirst(server);
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ forcedColors: look === 'forced colours' ? 'active' : 'none', reducedMotion: 'reduce' });
      await open(look === 'forced colours' ? {} : `#look=${look}`);
      await expect(page.locator('.panels > [id^=panel-]').first()).toBeAttached();
      await openOptions(page);
      await drawPanels(page);
      await selectMember(page);
      await clean(page, 'everything open');
      await noSidewaysScroll(page, 'everything open');

      for (const tab of INSPECTOR) {
        await page.getByRole('tab', { name: tab, exact: true }).click();
        await clean(page, `inspector: ${tab}`, '#inspector');
      }
      await page.keyboard.press('Escape');
      if (await page.locator('[role=tablist][aria-label=Panels]').isVisible()) {
        for (const panel of PANELS) {
          await page.getByRole('tab', { name: panel, exact: true }).click();
          await drawPanels(page);
          await clean(page, `panel: ${panel}`, '.below');
          await noSidewaysScroll(page, `panel: ${panel}`);
        }
      }
      await page.locator('#lattice').getByRole('button', { name: 'Table view' }).click();
      await clean(page, 'table', '#lattice');
      await noSidewaysScroll(page, 'table');

      for (const dialog of DIALOGS) {
        await page.getByTestId(dialog).click();
        await expect(page.getByTestId(`${dialog}-dialog`)).toBeVisible();
        if (dialog === 'help') await expect(page.getByTestId('for-teachers')).toBeVisible();
        await clean(page, `dialog: ${dialog}`, 'dialog');
        await page.keyboard.press('Escape');
        await expect(page.getByTestId(`${dialog}-dialog`)).toBeHidden();
      }
      await page.getByTestId('open-models').click();
      await clean(page, 'dialog: model, shelf', 'dialog');
      await noSidewaysScroll(page, 'dialog: model, shelf');
      await openMore(page);
      for (const source of ['Hugging Face', 'Address', 'This computer']) {
        await page.getByRole('radio', { name: source }).check();
        await clean(page, `dialog: model, ${source}`, 'dialog');
      }
    });
  }
}
