import { type Connection, createConnection } from 'mysql2';
import { oddAnswer } from './faults.ts';
import type { Open } from './session.ts';

/** Dials the address and verifies the name. Serves MySQL and MariaDB. */
export const openMysql: Open = async ({ member, socket, credentials, isToken, roots, database }) => {
  let isOpen = true;
  const { ip: host, port } = member;
  const connection = createConnection({
    ...credentials,
    database,
    stream: socket.connect({ host, port }),
    // mysql2 verifies the certificate for this name, whatever the stream leads to.
    host: member.host,
    // An object of its own: mysql2 resumes TLS sessions by it, and a resumed one is not verified.
    ssl: { ca: roots, verifyIdentity: true, rejectUnauthorized: true },
    enableCleartextPlugin: isToken,
    // It writes no code as it runs.
    disableEval: true,
    // A server must not read files of the function.
    flags: ['-LOCAL_FILES'],
    // The caller ends what takes too long.
    connectTimeout: 0,
  });
  const closed = () => {
    isOpen = false;
  };
  connection.on('error', closed);
  connection.on('end', closed);
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
  return {
    isOpen: () => isOpen,
    isWriter: () => isWriter(connection),
    end: () => void connection.end(() => {}),
  };
};

/** Aurora's readers have `innodb_read_only`, RDS's replicas `read_only`. Both are 0 on a writer. */
const isWriter = (connection: Connection): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const sql = 'SELECT @@innodb_read_only, @@read_only';
    connection.query({ sql, rowsAsArray: true }, (error, rows) => {
      if (error) return reject(error);
      const [flags] = rows as unknown as readonly (readonly unknown[])[];
      const readOnly = flags?.map(isOn);
      if (readOnly?.length !== 2 || readOnly.includes(undefined)) return reject(oddAnswer(flags));
      resolve(!readOnly.includes(true));
    });
  });

/** Where a variable is no number it says it in words; undefined for what is neither. */
function isOn(flag: unknown): boolean | undefined {
  switch (String(flag)) {
    case '0':
    case 'OFF':
      return false;
    case '1':
    case 'ON':
    // MariaDB 12: read only, for users with certain rights, too.
    case 'NO_LOCK':
    case 'NO_LOCK_NO_ADMIN':
      return true;
  }
}
