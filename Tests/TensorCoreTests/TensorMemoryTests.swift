import Errors
import TensorCore
import Testing

/// Tests the memory behind tensors. Its counters are per process, so only one test at a time reads them, with sizes no
/// other test comes near.
@Suite(.serialized) struct TensorMemoryTests {
  private static let size = 96 << 20

  @Test func whatOneTensorLeavesTheNextTakes() {
    func address() -> UInt {
      Tensor([Self.size / 4]) { $0[0] = 1 }.withElements { UInt(bitPattern: $0.baseAddress) }
    }
    let first = address()
    #expect(TensorMemory.report.free >= Self.size)
    let second = address()
    #expect(second == first)
    TensorMemory.releaseFree()
    #expect(TensorMemory.report.free < Self.size)
  }

  /// A reused block may be half as large again as requested. Copy on write copies only the contents, and must not write
  /// beyond the copy's own block.
  @Test func aCopyOfWhatLiesInALargerBlockKeepsToItsOwn() {
    let count = Self.size / 4
    let smaller = count / 4 * 3
    _ = Tensor([count]) { $0[0] = 1 }
    for _ in 0..<3 {
      var tensor = Tensor([smaller], repeating: Float(7))
      let other = tensor
      tensor.withMutableElements { $0[smaller - 1] = 8 }
      #expect(other.withElements { $0[0] == 7 && $0[smaller - 1] == 7 })
      #expect(tensor.withElements { $0[0] == 7 && $0[smaller - 1] == 8 })
    }
    TensorMemory.releaseFree()
  }

  @Test func theMostInUseIsKnown() {
    TensorMemory.resetPeak()
    let before = TensorMemory.report.peak
    do {
      let tensors = (0..<2).map { _ in Tensor([Self.size / 4]) { $0[0] = 1 } }
      #expect(tensors.count == 2)
    }
    #expect(TensorMemory.report.peak - before >= 2 * Self.size)
  }

  @Test func runningOutNamesARemedy() throws {
    let tape = Tape(context: ComputeContext(memoryLimit: 4 << 30))
    let input = Variable(Tensor([1, 1, 1, 1], repeating: Float(1)))
    let error = #expect(throws: TensorError.self) {
      try tape.convolution(
        input, Variable(Tensor([1, 1, 1, 1], repeating: Float(1))),
        window: Window(stride: 1, padding: 20_000))
    }
    #expect(error?.code == .outOfMemory && error?.place == "convolution")
    #expect(error?.remedy.contains("smaller batch") == true)
  }
}
