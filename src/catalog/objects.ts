import type { OutputColumn } from '../spec/call-metadata.js';
import type { DataType } from '../spec/data-type.js';
import type { ColumnDefinition, WatermarkDefinition } from '../sql/ast/ddl.js';
import type { Expression } from '../sql/ast/expression.js';
import type { Query } from '../sql/ast/query.js';

/** A database of a catalog. */
export interface Namespace {
  readonly catalog: string;
  readonly database: string;
}

/** `catalog.database.object`, each part as written. */
export interface QualifiedName extends Namespace {
  readonly object: string;
}

/** The name with dots and without quotes, for messages. */
export function nameText(name: QualifiedName): string {
  return `${name.catalog}.${name.database}.${name.object}`;
}

/** Keys are canonical or as written; values are as written: secrets and variables are resolved when a statement runs. */
export type Options = ReadonlyMap<string, string>;

/** What CREATE CATALOG said. */
export interface CatalogObject {
  readonly kind: 'catalog';
  readonly name: string;
  readonly defaultDatabase: string;
  readonly options: Options;
  readonly comment: string | undefined;
}

/** What CREATE DATABASE said. */
export interface DatabaseObject {
  readonly kind: 'database';
  readonly catalog: string;
  readonly name: string;
  readonly options: Options;
  readonly comment: string | undefined;
}

export type TableColumn =
  | { readonly kind: 'physical'; readonly name: string; readonly type: DataType; readonly comment: string | undefined }
  | {
      readonly kind: 'metadata';
      readonly name: string;
      readonly type: DataType;
      readonly key: string;
      readonly virtual: boolean;
      readonly comment: string | undefined;
    }
  | {
      readonly kind: 'computed';
      readonly name: string;
      readonly type: DataType;
      readonly expression: Expression;
      readonly comment: string | undefined;
    };

/** A table: what CREATE TABLE said, with types resolved and expressions checked. */
export interface TableObject {
  readonly kind: 'table';
  readonly name: QualifiedName;
  readonly temporary: boolean;
  readonly columns: readonly TableColumn[];
  readonly watermark: WatermarkDefinition | undefined;
  /** Column names; empty without a primary key. */
  readonly primaryKey: readonly string[];
  /** The name that CONSTRAINT gave the primary key. */
  readonly constraint: string | undefined;
  readonly partitionKeys: readonly string[];
  readonly options: Options;
  readonly comment: string | undefined;
  /** As written, for SHOW CREATE and LIKE. */
  readonly definitions: readonly ColumnDefinition[];
  /** Where the short names in its expressions are looked up. */
  readonly namespace: Namespace;
}

export interface ViewObject {
  readonly kind: 'view';
  readonly name: QualifiedName;
  readonly temporary: boolean;
  /** As many as the query gives, in order. */
  readonly columns: readonly { readonly name: string; readonly type: DataType }[];
  readonly query: Query;
  readonly comment: string | undefined;
  /** Where the short names in its query are looked up. */
  readonly namespace: Namespace;
}

export interface ModelColumnObject extends OutputColumn {
  readonly comment: string | undefined;
}

/** A model: what CREATE MODEL said. Without INPUT and OUTPUT it takes one STRING and gives one, or an embedding. */
export interface ModelObject {
  readonly kind: 'model';
  readonly name: QualifiedName;
  readonly temporary: boolean;
  readonly inputs: readonly ModelColumnObject[];
  readonly outputs: readonly ModelColumnObject[];
  readonly options: Options;
  readonly comment: string | undefined;
}

export type RelationObject = TableObject | ViewObject;
