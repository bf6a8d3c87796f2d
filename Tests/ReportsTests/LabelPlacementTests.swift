import Pages
import TestEnvironment
import Testing

/// Tests the labels of random points: none covers another one or a labelled point, or extends beyond the edge.
@Suite struct LabelPlacementTests {
  @Test(arguments: [1, 2, 3] as [UInt64]) func namesKeepClearOfOneAnother(_ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var placement = LabelPlacement(width: 500, letter: 6, line: 14)
    var boxes: [(x: ClosedRange<Double>, y: ClosedRange<Double>)] = []
    var refused = 0
    for _ in 0..<300 {
      let (x, y) = (
        Double.random(in: 0...500, using: &random), Double.random(in: 0...300, using: &random)
      )
      let name = String(repeating: "n", count: Int.random(in: 1...20, using: &random))
      guard let side = placement.place(name, atX: x, y: y) else {
        refused += 1
        continue
      }
      let length = 6 * Double(name.count)
      let start = side == .right ? x + 8 : x - 8 - length
      #expect(start >= 0 && start + length <= 500)
      let box = (x: start...start + length, y: y - 7...y + 7)
      let point = (x: x - 4...x + 4, y: y - 4...y + 4)
      for other in boxes {
        for new in [box, point] {
          #expect(!(other.x.overlaps(new.x) && other.y.overlaps(new.y)))
        }
      }
      boxes += [box, point]
    }
    #expect(refused > 0 && boxes.count > 40)
  }

  @Test func aNameStandsLeftWhereThereIsNoRoomAtTheRight() {
    var placement = LabelPlacement(width: 100, letter: 6, line: 14)
    #expect(placement.place("eight ch", atX: 90, y: 10) == .left)
    #expect(placement.place("eight ch", atX: 10, y: 50) == .right)
    #expect(placement.place("more than twenty letters", atX: 50, y: 90) == nil)
  }
}
