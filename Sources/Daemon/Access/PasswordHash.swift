import Crypto
import CryptoExtras
import Foundation

/// A password hash as stored in a file: scrypt (RFC 7914) with a salt, in the PHC string format
/// (`$scrypt$ln=15,r=8,p=3$SALT$HASH`, base64 without padding).
package struct PasswordHash: Sendable, Equatable {
  /// The cost parameters of scrypt.
  struct Cost: Sendable, Equatable {
    /// The binary logarithm of the number of blocks.
    var logarithm: Int
    var blockSize: Int
    var parallelism: Int

    /// 32 MiB, as OWASP recommends: some tenths of a second.
    static let usual = Cost(logarithm: 15, blockSize: 8, parallelism: 3)

    /// The memory that scrypt takes, in bytes.
    var byteCount: Int { blockSize << (7 + logarithm) }

    /// The limits on memory, and on work as a multiple of it.
    static let byteLimit = 64 << 20
    private static let workLimit = 512 << 20

    /// Whether the cost is acceptable: a file must neither stall the server, nor ask for next to none.
    var isAllowed: Bool {
      // The library allows no larger blocks, and no more of small ones.
      (10...20).contains(logarithm) && (1...16).contains(blockSize)
        && (1...16).contains(parallelism)
        && logarithm < 16 * blockSize && byteCount <= Self.byteLimit
        && byteCount * parallelism <= Self.workLimit
    }
  }

  private let cost: Cost
  private let salt: [UInt8]
  private let key: [UInt8]

  private static let saltByteCount = 16
  private static let keyByteCount = 32

  /// Hashes `password`, which must not be empty, with a random salt, at the cost ``Cost/usual``.
  package init(of password: [UInt8]) throws {
    try self.init(of: password, cost: .usual)
  }

  init(of password: [UInt8], cost: Cost) throws {
    self.cost = cost
    var random = SystemRandomNumberGenerator()
    salt = (0..<Self.saltByteCount).map { _ in .random(in: 0...255, using: &random) }
    key = try Self.derive(from: password, salt, Self.keyByteCount, cost)
      .withUnsafeBytes { Array($0) }
  }

  /// A hash that takes as long to compare as any other, and matches no password.
  static let ofNobody = PasswordHash(
    cost: .usual, salt: [UInt8](repeating: 0, count: saltByteCount),
    key: [UInt8](repeating: 0, count: keyByteCount))

  private init(cost: Cost, salt: [UInt8], key: [UInt8]) {
    (self.cost, self.salt, self.key) = (cost, salt, key)
  }

  /// Parses ``text``; `nil` if it is not such a hash, or its cost is too high or too low.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
      let cost = Cost(reading: parts[2]), cost.isAllowed,
      let salt = Self.decode(parts[3]), (8...64).contains(salt.count),
      let key = Self.decode(parts[4]), (16...64).contains(key.count)
    else { return nil }
    self.init(cost: cost, salt: salt, key: key)
  }

  /// The hash as a file stores it.
  package var text: String {
    "$scrypt$\(cost.text)$\(Self.encode(salt))$\(Self.encode(key))"
  }

  /// Returns whether this is the hash of `password`. Takes the memory and time of its ``Cost``, no less on a mismatch.
  package func matches(_ password: [UInt8]) -> Bool {
    let derived = try? Self.derive(from: password, salt, key.count, cost)
    // Keys are compared in constant time.
    return derived == SymmetricKey(data: key) && !password.isEmpty
  }

  private static func derive(
    from password: [UInt8], _ salt: [UInt8], _ byteCount: Int, _ cost: Cost
  ) throws -> SymmetricKey {
    // The library needs an address, which an empty array does not have.
    try KDF.Scrypt.deriveKey(
      from: password.isEmpty ? [0] : password, salt: salt, outputByteCount: byteCount,
      rounds: 1 << cost.logarithm, blockSize: cost.blockSize, parallelism: cost.parallelism)
  }

  private static func encode(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().trimmingCharacters(in: ["="])
  }

  private static func decode(_ text: some StringProtocol) -> [UInt8]? {
    guard !text.contains("=") else { return nil }
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    return Data(base64Encoded: text + padding).map(Array.init)
  }
}

extension PasswordHash.Cost {
  fileprivate var text: String { "ln=\(logarithm),r=\(blockSize),p=\(parallelism)" }

  /// Parses `ln=15,r=8,p=3`.
  fileprivate init?(reading text: some StringProtocol) {
    let fields = text.split(separator: ",", omittingEmptySubsequences: false)
    guard fields.count == 3,
      let logarithm = Self.number(fields[0], "ln="), let blockSize = Self.number(fields[1], "r="),
      let parallelism = Self.number(fields[2], "p=")
    else { return nil }
    self.init(logarithm: logarithm, blockSize: blockSize, parallelism: parallelism)
  }

  private static func number(_ field: some StringProtocol, _ name: String) -> Int? {
    guard field.hasPrefix(name), field.utf8.count <= name.utf8.count + 4 else { return nil }
    return UInt16(field.dropFirst(name.count)).map(Int.init)
  }
}
