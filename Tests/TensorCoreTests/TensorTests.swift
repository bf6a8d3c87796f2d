import TensorCore
import Testing

@Suite struct TensorTests {
  @Test func copiesOnlyWhenShared() {
    var first = Tensor([2, 2], [1, 2, 3, 4] as [Float])
    let second = first
    first.withMutableElements { $0[0] = 9 }
    #expect(first.elements() == [9, 2, 3, 4])
    #expect(second.elements() == [1, 2, 3, 4])
  }

  @Test func startsAtAMultipleOf64() {
    for count in [0, 1, 15, 17, 1000] {
      Tensor.zeros([count]).withElements { elements in
        #expect(UInt(bitPattern: elements.baseAddress) % 64 == 0)
        #expect(elements.count == count)
      }
    }
  }

  @Test func holdsOtherTypes() throws {
    let rows = Tensor([3], [1, 2, 3] as [UInt64])
    #expect(rows.elementType == .uint64)
    #expect(rows.elements(of: UInt64.self) == [1, 2, 3])
    #expect(try rows.reshaped(to: [3, 1]).shape == [3, 1])
  }
}
