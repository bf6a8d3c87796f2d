import Synchronization

/// The memory that all clients together make the server hold: requests that are not answered yet,
/// commands queued for EXEC, answers that are not read. When it is more than allowed the clients
/// that hold the most are disconnected, as Redis's `maxmemory-clients` does.
///
/// A client in good order holds nothing between its requests, and costs nothing here.
package final class ClientMemory: Sendable {
  /// Clients that hold less are not looked at one by one: to disconnect them would free little.
  private static let largeByteCount = 16_384

  fileprivate struct Client {
    var byteCount: Int
    let disconnect: @Sendable () -> Void
  }
  fileprivate struct Clients {
    /// Those that hold much, by their session's number.
    var large: [Int64: Client] = [:]
    /// What clients hold that are being disconnected.
    var leaving: [Int64: Int] = [:]
    var leavingByteCount = 0
  }
  private let currentLimit: Atomic<Int>
  private let total = Atomic(0)
  /// Whether clients are being disconnected.
  private let isAnyLeaving = Atomic(false)
  private let clients = Mutex(Clients())

  /// Nobody's memory yet, of which there may be `limit` bytes.
  package init(limit: Int) { currentLimit = Atomic(limit) }

  /// The bytes that clients may hold; those that hold the most go at once where another limit is less than they all hold.
  package var limit: Int {
    get { currentLimit.load(ordering: .relaxed) }
    set {
      currentLimit.store(newValue, ordering: .relaxed)
      evict { _ in }
    }
  }

  /// Whether so many bytes are enough for a client to be one of those that may have to go.
  static func isLarge(_ byteCount: Int) -> Bool { byteCount >= largeByteCount }

  /// The bytes that clients hold now.
  package var byteCount: Int { total.load(ordering: .relaxed) }

  /// Notes that the client `session` holds `new` bytes, where it held `old`; 0 when it is gone.
  /// `disconnect` is called, on this thread or another, should it be one of those that have to go, which it never is where it
  /// `isExempt`.
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

  /// Takes note of what `note` does, and has those go that hold the most, where all hold too much.
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
    // One that holds little again by the time it is to be disconnected stays.
    leaving[session] = client == nil ? nil : byteCount
    if client == nil { leavingByteCount -= byteCount }
  }

  /// Takes out those that hold the most, until `excess` bytes are free with what those hold that are
  /// leaving already.
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
