// The three aggregations as a program written for them alone would do them: nested maps, a watermark after each batch, columns out.

const MILLI = 1_000;
const SECOND = 1_000_000;
const DELAY = SECOND;

/** Counts what leaves, and adds it up, so that programs can be compared. */
function emitter() {
  const total = { rows: 0, count: 0, sum: 0 };
  return {
    total,
    emit(groups, start, end) {
      const size = groups.size;
      const [keys, starts, ends, counts, sums] = [0, 1, 2, 3, 4].map(() => new Float64Array(size));
      let i = 0;
      for (const [key, group] of groups) {
        keys[i] = key;
        starts[i] = start;
        ends[i] = end;
        counts[i] = group.count;
        sums[i] = group.sum;
        total.count += group.count;
        total.sum += group.sum;
        i++;
      }
      total.rows += size;
    },
  };
}

function highest(times, watermark) {
  let max = watermark;
  for (let i = 0; i < times.length; i++) if (times[i] - DELAY > max) max = times[i] - DELAY;
  return max;
}

/** Windows of `size` that begin every `slide`; with the two equal they tumble. */
export function hop(batches, size, slide) {
  const { total, emit } = emitter();
  const windows = new Map();
  let watermark = -Infinity;
  const fire = () => {
    for (const start of [...windows.keys()].filter(each => each + size - MILLI <= watermark).toSorted((a, b) => a - b)) {
      emit(windows.get(start), start, start + size);
      windows.delete(start);
    }
  };
  for (const { rowCount, keys, amounts, times } of batches) {
    for (let i = 0; i < rowCount; i++) {
      const time = times[i];
      const key = keys[i];
      const last = Math.floor(time / slide) * slide;
      for (let start = last; start > time - size; start -= slide) {
        if (start + size - MILLI <= watermark) continue;
        let groups = windows.get(start);
        if (groups === undefined) windows.set(start, (groups = new Map()));
        const group = groups.get(key);
        if (group === undefined) groups.set(key, { count: 1, sum: amounts[i] });
        else {
          group.count++;
          group.sum += amounts[i];
        }
      }
    }
    watermark = highest(times, watermark);
    fire();
  }
  watermark = Infinity;
  fire();
  return total;
}

/** Sessions of each key; those that are due are looked for by the second in which they end. */
export function session(batches, gap) {
  const { total, emit } = emitter();
  const open = new Map();
  const due = new Map();
  let watermark = -Infinity;
  const schedule = each => {
    const second = Math.floor(each.end / SECOND);
    const others = due.get(second);
    if (others) others.push(each);
    else due.set(second, [each]);
  };
  const fire = () => {
    const seconds = [...due.keys()].filter(each => each * SECOND <= watermark).toSorted((a, b) => a - b);
    for (const second of seconds) {
      const candidates = due.get(second);
      due.delete(second);
      for (const each of candidates) {
        if (each.merged) continue;
        if (each.end - MILLI > watermark) schedule(each);
        else {
          emit(new Map([[each.key, each]]), each.start, each.end);
          const rest = open.get(each.key).filter(other => other !== each);
          if (rest.length > 0) open.set(each.key, rest);
          else open.delete(each.key);
        }
      }
    }
  };
  for (const { rowCount, keys, amounts, times } of batches) {
    for (let i = 0; i < rowCount; i++) {
      const start = times[i];
      const end = start + gap;
      const key = keys[i];
      const sessions = open.get(key);
      let found;
      if (sessions)
        for (const each of sessions.length > 1 ? [...sessions] : sessions) {
          if (each.start > end || start > each.end) continue;
          if (found === undefined) {
            found = each;
            each.start = Math.min(each.start, start);
            each.end = Math.max(each.end, end);
          } else {
            found.start = Math.min(found.start, each.start);
            found.end = Math.max(found.end, each.end);
            found.count += each.count;
            found.sum += each.sum;
            each.merged = true;
            sessions.splice(sessions.indexOf(each), 1);
          }
        }
      if (found === undefined) {
        if (end - MILLI <= watermark) continue;
        found = { key, start, end, count: 0, sum: 0, merged: false };
        if (sessions) sessions.push(found);
        else open.set(key, [found]);
        schedule(found);
      }
      found.count++;
      found.sum += amounts[i];
    }
    watermark = highest(times, watermark);
    fire();
  }
  watermark = Infinity;
  fire();
  return total;
}
