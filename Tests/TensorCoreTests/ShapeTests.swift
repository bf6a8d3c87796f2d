import TensorCore
import Testing

@Suite struct ShapeTests {
  @Test func countsElements() {
    #expect(Shape([]).elementCount == 1)
    #expect(Shape([3]).elementCount == 3)
    #expect(Shape([2, 3, 4]).elementCount == 24)
    #expect(Shape([2, 0, 4]).elementCount == 0)
  }

  @Test func countsDimensionsFromBothEnds() {
    let shape: Shape = [2, 3, 4]
    #expect(shape.rank == 3)
    #expect(shape[0] == 2)
    #expect(shape[-1] == 4)
    #expect(shape[-3] == 2)
    #expect(shape.description == "[2, 3, 4]")
  }

  @Test func refusesLengthsThatMakeNoShape() {
    #expect(Shape(checking: [-1]) == nil)
    #expect(Shape(checking: [0, -1]) == nil)
    #expect(Shape(checking: [.max, 2]) == nil)
    #expect(Shape(checking: [0, .max, 2]) == nil)
    #expect(Shape(checking: [.max, 2, 0]) == nil)
    #expect(Shape(checking: [.max, 0])?.elementCount == 0)
    #expect(Shape(checking: [.max])?.elementCount == .max)
  }

  @Test func countsBytes() {
    #expect(Shape([2, 3]).byteCount(of: .float32) == 24)
    #expect(Shape([]).byteCount(of: .bfloat16) == 2)
    #expect(Shape([.max]).byteCount(of: .uint8) == .max)
    #expect(Shape([.max]).byteCount(of: .float16) == nil)
  }

  @Test func namesTypesAsSafetensorsDoes() {
    #expect(ElementType(rawValue: "BF16") == .bfloat16)
    #expect(ElementType(rawValue: "F8") == nil)
    #expect(ElementType.allCases.allSatisfy { [1, 2, 4, 8].contains($0.byteCount) })
  }
}
