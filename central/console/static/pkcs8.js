// Opens a passphrase-protected PKCS#8 key file (RFC 8018 PBES2: PBKDF2 with HMAC-SHA-256, AES-CBC),
// which is what the command line writes. Anything else is refused by name.

import { Failure, say } from "./words.js";

const PBES2 = "2a864886f70d01050d";
const PBKDF2 = "2a864886f70d01050c";
const HMAC_SHA256 = "2a864886f70d0209";
const AES_CBC = { "60864801650304012a": 256, "608648016503040102": 128 };

const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

/** Return the DER values side by side in `bytes`, each as {tag, body}. */
function values(bytes) {
  const found = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at++];
    let length = bytes[at++];
    if (length & 0x80) {
      let count = length & 0x7f;
      length = 0;
      while (count-- > 0) length = length * 256 + bytes[at++];
    }
    if (!(at + length <= bytes.length)) throw new Failure(say("Tệp khóa bị hỏng hoặc thiếu."));
    found.push({ tag, body: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}

const inside = (value) => values(value.body);

/** Return the PKCS#8 bytes inside an EncryptedPrivateKeyInfo; raises Failure on a wrong passphrase. */
export async function openEncrypted(der, passphrase) {
  if (!passphrase) throw new Failure(say("Tệp khóa có mật khẩu. Hãy nhập mật khẩu của tệp."));
  const [scheme, sealed] = inside(values(der)[0]);
  const [schemeName, parameters] = inside(scheme);
  const unknown = () => new Failure(say("Tệp khóa dùng cách mã hóa mà trang này không mở được."));
  if (hex(schemeName.body) !== PBES2) throw unknown();
  const [derivation, cipher] = inside(parameters);
  const [derivationName, derivationParameters] = inside(derivation);
  const [cipherName, iv] = inside(cipher);
  const bits = AES_CBC[hex(cipherName.body)];
  if (hex(derivationName.body) !== PBKDF2 || bits === undefined) throw unknown();
  const [salt, rounds, ...rest] = inside(derivationParameters);
  const digest = rest.find((value) => value.tag === 0x30);
  if (!digest || hex(inside(digest)[0].body) !== HMAC_SHA256) throw unknown();
  const iterations = rounds.body.reduce((sum, byte) => sum * 256 + byte, 0);
  if (iterations > 10_000_000) throw unknown();
  const word = await crypto.subtle.importKey("raw", new TextEncoder().encode(passphrase), "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt: salt.body, iterations },
    word,
    { name: "AES-CBC", length: bits },
    false,
    ["decrypt"],
  );
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv: iv.body }, key, sealed.body));
  } catch {
    throw new Failure(say("Mật khẩu của tệp khóa không đúng."));
  }
}
