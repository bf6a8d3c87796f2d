import Synchronization

/// How many connections each address has, of which it may have so many. There are as many addresses as
/// connections at the most.
final class AddressQuota: Sendable {
  /// The most of one address; nil for any.
  let limit: Int?
  private let counts = Mutex<[ClientAddress: Int]>([:])

  init(_ limit: Int?) { self.limit = limit }

  /// Takes a place for a connection from `address`; false when it has none left.
  func take(_ address: ClientAddress) -> Bool {
    guard let limit, address != .local else { return true }
    return counts.withLock { counts in
      let count = counts[address, default: 0]
      guard count < limit else { return false }
      counts[address] = count + 1
      return true
    }
  }

  /// Gives back a place that was taken for `address`.
  func giveBack(_ address: ClientAddress) {
    guard limit != nil, address != .local else { return }
    counts.withLock { counts in
      let count = counts[address, default: 1] - 1
      counts[address] = count > 0 ? count : nil
    }
  }
}
