/** A tree as a file has it: node 0 is the root, and a node without a left child (-1) is a leaf. */
export interface TreeLinks {
  readonly left: Int32Array;
  readonly right: Int32Array;
}

/** The nodes that can be reached from the root, so ordered that the two children of a node are neighbours. */
export interface NodeOrder {
  /** By place, the node. */
  readonly nodes: Int32Array;
  /** By place, the place of the left child, behind which the right one stands; 0 at a leaf. */
  readonly leftPlaces: Int32Array;
}

/**
 * Orders the nodes of a tree, parents before children.
 *
 * @returns what is wrong with the links where they are no tree: a child that does not exist, or that is reached twice.
 */
export function orderNodes({ left, right }: TreeLinks): NodeOrder | string {
  const count = left.length;
  const nodes = new Int32Array(count);
  const leftPlaces = new Int32Array(count);
  const seen = new Uint8Array(count);
  const pending = [0];
  seen[0] = 1;
  let placed = 1;
  while (pending.length > 0) {
    const place = pending.pop()!;
    const node = nodes[place]!;
    if (left[node] === -1) continue;
    leftPlaces[place] = placed;
    for (const child of [left[node]!, right[node]!]) {
      if (child < 0 || child >= count) return `node ${node} has the child ${child}, and there are ${count} nodes`;
      if (seen[child] === 1) return `node ${child} has two parents`;
      seen[child] = 1;
      nodes[placed++] = child;
    }
    // The left one is taken first, so that its children follow close behind.
    pending.push(placed - 1, placed - 2);
  }
  return { nodes: nodes.subarray(0, placed), leftPlaces: leftPlaces.subarray(0, placed) };
}
