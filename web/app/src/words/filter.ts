/** What the page says about the filter: its categories, its answers, its one number. */

import { CATEGORIES, type Category, type FilterChoices } from '@lethe/core';
import { count } from './format.ts';

export const CATEGORY_WORDS: Record<Category, { name: string; detail: string }> = {
  ads: { name: 'Ads', detail: 'Servers that deliver advertising.' },
  trackers: { name: 'Trackers', detail: 'Servers that follow you from site to site, hidden ones included.' },
  malware: { name: 'Malware', detail: 'Addresses known for fraud and harmful software.' },
  adult: { name: 'Adult', detail: 'Sites with sexual content.' },
  gambling: { name: 'Gambling', detail: 'Casinos, betting and lotteries.' },
  social: { name: 'Social', detail: 'Social networks, and their buttons on other sites.' },
};

export const ANSWER_WORDS: Record<FilterChoices['answer'], { name: string; detail: string }> = {
  nxdomain: { name: 'No such domain', detail: 'Apps give up at once. Right for almost everybody.' },
  zero: { name: '0.0.0.0', detail: 'An address that leads nowhere, for apps that keep asking otherwise.' },
};

/** A coarse total, as the server tells it: 0, or a power of ten that was reached. */
export const blockedWords = (blocked: number): string =>
  blocked < 10 ? 'under ten' : `more than ${blocked.toLocaleString('en-GB')}`;

export const categoryWords = (categories: Category[]): string =>
  categories.length === 0
    ? 'no category'
    : CATEGORIES.filter((one) => categories.includes(one))
        .map((one) => CATEGORY_WORDS[one].name.toLowerCase())
        .join(', ');

export const ruleWords = ({ block, allow }: FilterChoices): string =>
  block.length + allow.length === 0
    ? 'none yet'
    : `${count(block.length, 'name')} blocked, ${count(allow.length, 'name')} allowed`;
