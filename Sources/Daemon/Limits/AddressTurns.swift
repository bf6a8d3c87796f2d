import DequeModule

/// A queue that serves addresses in turn: an address with many elements does not delay others. Each call takes O(1), or
/// O(n) if it drops n unwanted elements.
struct AddressTurns<Element> {
  /// The waiting elements of each address, in order.
  private var waiting: [ClientAddress: Deque<Element>] = [:]
  /// The addresses in ``waiting``, the next one first.
  private var addresses: Deque<ClientAddress> = []

  /// Whether nothing waits.
  var isEmpty: Bool { addresses.isEmpty }

  /// Enqueues `element` behind the others from `address`.
  mutating func add(_ element: Element, from address: ClientAddress) {
    if waiting[address] == nil { addresses.append(address) }
    waiting[address, default: []].append(element)
  }

  /// Removes and returns the next element that satisfies `isWanted`, and drops those before it that don't; returns
  /// `nil` if there is none.
  mutating func next(where isWanted: (Element) -> Bool = { _ in true }) -> Element? {
    while let address = addresses.popFirst() {
      let element = waiting[address]?.popFirst(where: isWanted)
      if waiting[address]?.isEmpty == false {
        addresses.append(address)
      } else {
        waiting[address] = nil
      }
      if let element { return element }
    }
    return nil
  }
}

extension Deque {
  /// Removes elements until one satisfies `isWanted`, which is returned; `nil` if none does.
  fileprivate mutating func popFirst(where isWanted: (Element) -> Bool) -> Element? {
    while let element = popFirst() { if isWanted(element) { return element } }
    return nil
  }
}
