import Errors
import TensorCore
import TestEnvironment
import Testing

@Suite struct ConversionTests {
  @Test func everyBFloat16IsItselfAgain() {
    for bits in UInt16.min...UInt16.max {
      let number = BFloat16(bitPattern: bits)
      if Float(number).isNaN {
        #expect(Float(BFloat16(Float(number))).isNaN)
      } else {
        #expect(BFloat16(Float(number)).bitPattern == bits)
      }
    }
  }

  @Test func roundsToTheNearestAndTiesToEven() {
    var generator = SplitMix64(seed: 1)
    for _ in 0..<10_000 {
      let number = Float(bitPattern: generator.next())
      guard number.isFinite, abs(number) < 3e38 else { continue }
      let found = BFloat16(number)
      let own = abs(Double(Float(found)) - Double(number))
      for neighbour in [found.bitPattern &- 1, found.bitPattern &+ 1] {
        let other = Float(BFloat16(bitPattern: neighbour))
        guard other.isFinite else { continue }
        let distance = abs(Double(other) - Double(number))
        #expect(own < distance || (own == distance && found.bitPattern & 1 == 0), "\(number)")
      }
    }
    #expect(Float(BFloat16(.greatestFiniteMagnitude)) == .infinity)
    // A NaN whose payload lies entirely in the truncated half remains a NaN.
    #expect(Float(BFloat16(Float(bitPattern: 0x7F80_0001))).isNaN)
  }

  @Test func integersOfAnyTypeAreIndices() throws {
    let numbers: [UInt32] = [0, 1, 2, 100, 128, 255]
    #expect(try Tensor([2, 3], numbers).indices() == numbers)
    #expect(try Tensor([6], numbers.map { UInt8($0) }).indices() == numbers)
    #expect(try Tensor([6], numbers.map { Int32($0) }).indices() == numbers)
    #expect(try Tensor([6], numbers.map { Int64($0) }).indices() == numbers)
    #expect(try Tensor([6], numbers.map { UInt64($0) }).indices() == numbers)
    #expect(try Tensor([0], [UInt8]()).indices().isEmpty)
  }

  @Test func saysWhatIsNoIndex() {
    for tensor in [
      Tensor([1], [-1] as [Int32]), Tensor([2], [1, 1 << 32] as [Int64]), Tensor([1], [UInt64.max]),
    ] {
      let error = #expect(throws: TensorError.self) { try tensor.indices() }
      #expect(error?.code == .indexOutOfRange && error?.place == "indices")
      #expect(error?.description.contains("\(tensor.shape)") == true)
    }
    let error = #expect(throws: TensorError.self) { try Tensor([1], [Float(1)]).indices() }
    #expect(error?.code == .elementTypeMismatch)
  }
}
