// Loaded with `node --import` before the command: the wall clock stands SHIFT_MS later, so that a lease which nobody
// gave back has run out without a test that waits for it.
const shiftMs = Number(process.env.SHIFT_MS ?? 0);
delete process.env.SHIFT_MS;
const now = Date.now.bind(Date);
Date.now = () => now() + shiftMs;
