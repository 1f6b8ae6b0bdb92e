import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateSql } from './evaluate-sql.test.fixture.js';

test('PRINTF writes as String.format of Java', () => {
  for (const [args, expected] of [
    ["'Hello World %d%s', 100, 'days'", 'Hello World 100days'],
    ["'%5d|%-5d|%05d|%+d|% d|%(d|%,d', 42, 42, 42, 42, 42, -42, 1234567", '   42|42   |00042|+42| 42|(42)|1,234,567'],
    ["'%d', CAST(-9223372036854775807 AS BIGINT) - 1", '-9223372036854775808'],
    ["'%x %X %o %#x %x', 255, 255, 8, 255, -1", 'ff FF 10 0xff ffffffff'],
    ["'%x', CAST(-1 AS TINYINT)", 'ff'],
    ["'%08x|%8x|%-8x|', 255, 255, 255", '000000ff|      ff|ff      |'],
    ["'%f %.2f %.0f %10.3f|%-10.1f|', 3.14159e0, 2.675e0, 0.5e0, 3.14159e0, 0.15e0", '3.141590 2.68 1      3.142|0.2       |'],
    ["'%.2f', CAST(1234567890.125 AS DECIMAL(20, 3))", '1234567890.13'],
    ["'%,.2f %(.1f %+.1f %08.2f', 1234567.891e0, -2.5e0, 2.5e0, -3.14159e0", '1,234,567.89 (2.5) +2.5 -0003.14'],
    ["'%e %.2E %.0e', 12345.678e0, 0.00012e0, 9.6e0", '1.234568e+04 1.20E-04 1e+01'],
    ["'%g %g %g %.3g', 123456.789e0, 0.0001e0, 1e10, 99950e0", '123457 0.000100000 1.00000e+10 1.00e+05'],
    ["'%f', CAST('NaN' AS DOUBLE)", 'NaN'],
    ["'%08f|%f', CAST('Infinity' AS DOUBLE), CAST('-Infinity' AS DOUBLE)", 'Infinity|-Infinity'],
    ["'%s %S %.2s %5s|%-5s|', 'a', 'b', 'cde', 'f', 'g'", 'a B cd     f|g    |'],
    ["'%s %s %s %s', TRUE, 1.5e0, DATE '2026-01-31', CAST(1.50 AS DECIMAL(5, 2))", 'true 1.5 2026-01-31 1.50'],
    ["'%b %b %B %b', TRUE, 'x', FALSE, CAST(NULL AS INT)", 'true true FALSE false'],
    ["'%s %d %.1f', CAST(NULL AS STRING), CAST(NULL AS INT), CAST(NULL AS DOUBLE)", 'null null n'],
    ["'%c%c', 65, 128512", 'A\u{1f600}'],
    ["'%2$s %1$s %<s %s', 'a', 'b'", 'b a a a'],
    ["'100%%|%5%|%n'", '100%|    %|\n'],
    ["'no arguments', 1", 'no arguments'],
    ["''", ''],
  ] as const) {
    assert.equal(evaluateSql(`PRINTF(${args})`), expected, args);
  }
});

test('PRINTF is NULL where the pattern or an argument does not fit', () => {
  for (const args of [
    'CAST(NULL AS STRING), 1',
    "'%d'",
    "'%2$d', 1",
    "'%<d', 1",
    "'%d', 'a'",
    "'%d', 1.5e0",
    "'%f', 1",
    "'%c', 'a'",
    "'%c', -1",
    "'%q', 1",
    "'%', 1",
    "'%-d', 1",
    "'%0d', 1",
    "'%+ d', 1",
    "'%.2d', 1",
    "'%D', 1",
    "'%+x', 1",
  ]) {
    assert.equal(evaluateSql(`PRINTF(${args})`), 'NULL', args);
  }
});
