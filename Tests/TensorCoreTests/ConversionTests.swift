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
    // A NaN whose bits are all in the half that is cut off stays one.
    #expect(Float(BFloat16(Float(bitPattern: 0x7F80_0001))).isNaN)
  }

  @Test(arguments: ElementType.allCases.filter { $0 != .float16 })
  func smallIntegersSurviveEveryType(_ type: ElementType) throws {
    let numbers = Tensor([2, 3], [0, 1, 2, 100, 128, 255] as [UInt8])
    for other in ElementType.allCases where other != .float16 {
      let there = try numbers.converted(to: type).converted(to: other)
      #expect(there.elementType == other && there.shape == [2, 3])
      #expect(
        try there.converted(to: .uint8).elements(of: UInt8.self) == [0, 1, 2, 100, 128, 255])
    }
    #expect(try Tensor([0], [UInt8]()).converted(to: type).elementCount == 0)
  }

  @Test func cutsFractionsAndKeepsLargeIntegers() throws {
    let floats = Tensor([4], [1.9, -1.9, 0.5, -0.5] as [Float])
    #expect(try floats.converted(to: .int32).elements(of: Int32.self) == [1, -1, 0, 0])
    let large = Tensor([1], [Int64.max])
    #expect(try large.converted(to: .uint64).elements(of: UInt64.self) == [UInt64(Int64.max)])
  }

  @Test func saysWhatDoesNotFit() {
    for (tensor, type) in [
      (Tensor([2], [1, 256] as [Int32]), ElementType.uint8),
      (Tensor([1], [-1] as [Int64]), .uint32), (Tensor([1], [Float.nan]), .int32),
      (Tensor([1], [3e9] as [Float]), .int32), (Tensor([1], [UInt64.max]), .int64),
    ] {
      let error = #expect(throws: TensorError.self) { try tensor.converted(to: type) }
      #expect(error?.code == .valueOutOfRange && error?.place == "conversion")
      #expect(error?.description.contains("\(tensor.shape)") == true)
    }
    let error = #expect(throws: TensorError.self) {
      try Tensor([1], [Float(1)]).converted(to: .float16)
    }
    #expect(error?.code == .elementTypeMismatch)
  }
}
