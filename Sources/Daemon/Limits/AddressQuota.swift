import Synchronization

/// The connections of each address, which may have up to a limit. There are at most as many addresses as connections.
final class AddressQuota: Sendable {
  /// The maximum for one address; `nil` for none.
  let limit: Int?
  private let counts = Mutex<[ClientAddress: Int]>([:])

  init(_ limit: Int?) { self.limit = limit }

  /// Takes a place for a connection from `address`; returns false if none is left.
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
