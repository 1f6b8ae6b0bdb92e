throw new TypeError('no database here');
