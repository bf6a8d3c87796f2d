import DequeModule

/// What waits for its turn, by the address that it comes from, one address after the other: whoever brings much holds nobody up who comes
/// from elsewhere. Each call takes O(1), and O(n) where n are no longer wanted.
struct AddressTurns<Element> {
  /// Those that wait, of each address in their order.
  private var waiting: [ClientAddress: Deque<Element>] = [:]
  /// The addresses that ``waiting`` has, the next one first.
  private var addresses: Deque<ClientAddress> = []

  /// Whether nothing waits.
  var isEmpty: Bool { addresses.isEmpty }

  /// Has `element` wait behind the others from `address`.
  mutating func add(_ element: Element, from address: ClientAddress) {
    if waiting[address] == nil { addresses.append(address) }
    waiting[address, default: []].append(element)
  }

  /// Takes out the next one that `isWanted`, and those before it that are not; nil where none is.
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
  /// Takes elements out until one `isWanted`, which is returned; nil where none is.
  fileprivate mutating func popFirst(where isWanted: (Element) -> Bool) -> Element? {
    while let element = popFirst() { if isWanted(element) { return element } }
    return nil
  }
}
