import Synchronization

/// The memory that all clients together make the server hold: unanswered requests, commands queued for EXEC, unread
/// answers. If it exceeds the limit, the clients that hold the most are disconnected, as by Redis's
/// `maxmemory-clients`.
///
/// A well-behaved client holds nothing between its requests, and costs nothing here.
package final class ClientMemory: Sendable {
  /// Clients that hold less are not tracked individually: disconnecting them would free little.
  private static let largeByteCount = 16_384

  fileprivate struct Client {
    var byteCount: Int
    let disconnect: @Sendable () -> Void
  }
  fileprivate struct Clients {
    /// The clients that hold much, by their session's number.
    var large: [Int64: Client] = [:]
    /// The bytes held by clients that are being disconnected.
    var leaving: [Int64: Int] = [:]
    var leavingByteCount = 0
  }
  private let currentLimit: Atomic<Int>
  private let total = Atomic(0)
  /// Whether clients are being disconnected.
  private let isAnyLeaving = Atomic(false)
  private let clients = Mutex(Clients())

  /// Creates an account without clients, with a limit of `limit` bytes.
  package init(limit: Int) { currentLimit = Atomic(limit) }

  /// The maximum bytes that clients may hold. If it is set to less than they hold, the largest clients are disconnected
  /// at once.
  package var limit: Int {
    get { currentLimit.load(ordering: .relaxed) }
    set {
      currentLimit.store(newValue, ordering: .relaxed)
      evict { _ in }
    }
  }

  /// Returns whether a client that holds this much may be disconnected for it.
  static func isLarge(_ byteCount: Int) -> Bool { byteCount >= largeByteCount }

  /// The bytes that clients hold now.
  package var byteCount: Int { total.load(ordering: .relaxed) }

  /// Records that the client `session` holds `new` bytes instead of `old`; 0 when it is gone. Calls `disconnect`, on
  /// this thread or another, if the client has to go, which it never has to while it `isExempt`.
  package func change(
    _ session: Int64, from old: Int, to new: Int, isExempt: Bool = false,
    disconnect: @escaping @Sendable () -> Void
  ) {
    let sum = total.wrappingAdd(new - old, ordering: .relaxed).newValue
    guard Self.isLarge(max(old, new)) || sum > limit || isAnyLeaving.load(ordering: .relaxed)
    else { return }
    evict { clients in
      clients.note(
        session, new,
        Self.isLarge(new) && !isExempt ? Client(byteCount: new, disconnect: disconnect) : nil)
    }
  }

  /// Applies `note`, and disconnects the largest clients if all together hold too much.
  private func evict(_ note: (inout Clients) -> Void) {
    let victims = clients.withLock { clients -> [Client] in
      note(&clients)
      let victims = clients.takeLargest(freeing: byteCount - limit)
      isAnyLeaving.store(!clients.leaving.isEmpty, ordering: .relaxed)
      return victims
    }
    for victim in victims { victim.disconnect() }
  }
}

extension ClientMemory.Clients {
  fileprivate mutating func note(_ session: Int64, _ byteCount: Int, _ client: ClientMemory.Client?)
  {
    guard let leavingBytes = leaving[session] else {
      large[session] = client
      return
    }
    leavingByteCount += byteCount - leavingBytes
    // A client that holds little again by the time it would be disconnected stays.
    leaving[session] = client == nil ? nil : byteCount
    if client == nil { leavingByteCount -= byteCount }
  }

  /// Removes the largest clients until `excess` bytes are free, including what clients that are already leaving hold.
  fileprivate mutating func takeLargest(freeing excess: Int) -> [ClientMemory.Client] {
    var taken: [ClientMemory.Client] = []
    while leavingByteCount < excess,
      let (session, client) = large.max(by: { $0.value.byteCount < $1.value.byteCount })
    {
      large[session] = nil
      leaving[session] = client.byteCount
      leavingByteCount += client.byteCount
      taken.append(client)
    }
    return taken
  }
}
