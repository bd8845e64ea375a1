// Opens self-contained pages in Chromium at desktop and phone width, in light and dark, and fails where one speaks to the console, asks the network, is wider than the window or cannot be walked by keyboard.
// npm install --no-save playwright-core      once, in this folder; the browser is Debian's chromium, or the one that CHROMIUM names
// node look.mjs FOLDER PAGE.html ...         screenshots go to FOLDER
import { chromium } from 'playwright-core';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const LEAST_TEXT = 9;
const [folder, ...pages] = process.argv.slice(2);
if (!folder || pages.length === 0) {
  console.error('usage: node look.mjs FOLDER PAGE.html ...');
  process.exit(2);
}
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
let wrong = 0;
for (const page of pages) {
  for (const [name, width, height] of [['desktop', 1280, 900], ['phone', 390, 844]]) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const tab = await context.newPage();
      const found = [];
      tab.on('console', m => found.push(`console: ${m.text()}`));
      tab.on('pageerror', e => found.push(`error: ${e.message}`));
      tab.on('request', r => { if (!r.url().startsWith('file:') && !r.url().startsWith('data:')) found.push(`network: ${r.url()}`); });
      await tab.goto(pathToFileURL(resolve(page)).href);
      const wide = await tab.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
      if (wide > 0) found.push(`wider than the window by ${wide} pixels`);
      const small = await tab.evaluate(least => [...document.querySelectorAll('svg text')].filter(t => {
        const m = t.getScreenCTM();
        return t.getBoundingClientRect().width > 0 && parseFloat(getComputedStyle(t).fontSize) * Math.sqrt(Math.abs(m.a * m.d - m.b * m.c)) < least;
      }).length, LEAST_TEXT);
      if (small > 0) found.push(`${small} texts in pictures smaller than ${LEAST_TEXT} pixels`);
      const sliders = await tab.locator('input[type=range]').count();
      for (let i = 0; i < sliders; i++) {
        const slider = tab.locator('input[type=range]').nth(i), before = await slider.inputValue();
        await slider.focus();
        await tab.keyboard.press('Home');
        await tab.keyboard.press('ArrowRight');
        if (await slider.inputValue() === before && await slider.getAttribute('max') > 1) found.push('a slider does not move by keyboard');
      }
      await tab.evaluate(() => document.activeElement?.blur());
      await tab.screenshot({ path: `${folder}/${basename(page, '.html')}-${name}-${colorScheme}.png`, fullPage: true });
      console.log(`${found.length ? 'WRONG' : 'ok'}  ${page}  ${name} ${width}x${height} ${colorScheme}, ${sliders} slider(s)`);
      for (const f of found) console.log(`    ${f}`);
      wrong += found.length;
      await context.close();
    }
  }
}
await browser.close();
process.exit(wrong ? 1 : 0);
