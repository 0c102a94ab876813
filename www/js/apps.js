// The list of apps: another order is shown as soon as it is chosen.
import { one } from './_site.js';

const form = one('.finder');
form?.elements.sort.addEventListener('change', () => form.requestSubmit());
