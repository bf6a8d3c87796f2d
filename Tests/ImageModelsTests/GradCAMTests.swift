import Foundation
import ImageModels
import Images
import Layers
import TensorCore
import TestEnvironment
import Testing

/// Compares Grad-CAM with PyTorch's autograd. See `fixtures/vision/make_grad_cam_goldens.py`.
struct GradCAMTests {
  private struct Golden: Decodable {
    let headNames: [String]
    let classes: [Double]
    let numbers: [Double]
    let points: [Double]
  }

  private func golden() throws -> Golden {
    try JSONDecoder().decode(
      Golden.self,
      from: Data(contentsOf: URL(fileURLWithPath: ProjectFolder.fixture("vision/grad_cam.json"))))
  }

  private func network(_ golden: Golden, _ range: ClosedRange<Float>?) throws -> ImageNetwork {
    let resnet = try #require(try ResNetGolden.read(.resnet18))
    var random = RandomStream(seed: 0, stream: 0)
    let network = ImageNetwork(.resnet18, outputCount: 4, range: range, random: &random)
    let hashed = try ResNet.hashed(.resnet18, resnet)
    let body = Dictionary(uniqueKeysWithValues: hashed.namedState().map { ($0.name, $0.tensor) })
    for (name, tensor) in network.backbone.namedState() {
      tensor.value = try #require(body[name]).value
    }
    let head = Dictionary(
      uniqueKeysWithValues: network.head.namedState().map { ($0.name, $0.tensor) })
    #expect(Set(head.keys) == Set(golden.headNames))
    for (position, name) in golden.headNames.enumerated() {
      let tensor = try #require(head[name])
      guard tensor.value.elementType == .float32 else { continue }
      let shape = tensor.value.shape
      let numbers = hashedNumbers(shape.elementCount, seed: UInt64(300 + position))
      tensor.value = Tensor(
        shape,
        numbers.map {
          if name.hasSuffix("running_var") { return abs($0) + 0.5 }
          return shape.rank == 2 ? $0 * (3 / Float(shape[1])).squareRoot() : $0
        })
    }
    return network
  }

  @Test func mapsAreThoseOfPyTorch() throws {
    let golden = try golden()
    let images = Tensor([2, 3, 96, 128], hashedNumbers(2 * 3 * 96 * 128, seed: 1))
    let names = ["a", "b", "c", "d"]
    let range = try #require(ImageTask.Range(-1, 2))
    let cases: [(ImageTask, [Int], [Double])] = [
      (.classify(classes: names), [1, 3], golden.classes),
      (.multilabel(labels: names, thresholds: [0.5, 0.5, 0.5, 0.5]), [1, 3], golden.classes),
      (.regress(names: names, range: range), [0, 2], golden.numbers),
      (.points(names: ["eye", "ear"]), [1, 1], golden.points),
    ]
    for (task, outputs, expected) in cases {
      let gradCAM = GradCAM(try network(golden, task.outputRange), task: task)
      let maps = try gradCAM.maps(for: images, outputs: outputs, on: .current)
      #expect(maps.map(\.width) == [4, 4] && maps.map(\.height) == [3, 3])
      let found = maps.flatMap { $0.values.map(Double.init) }
      #expect(distance(found, expected) < 1e-3, "\(task.name): \(found)")
    }
  }

  @Test func aMapIsReadBetweenItsCells() {
    let map = ActivationMap(width: 2, height: 2, values: [0, 4, -8, 2])
    #expect(map.value(atX: 0, y: 0) == 0 && map.value(atX: 1, y: 1) == 2)
    #expect(map.value(atX: 0.5, y: 0.25) == 2 && map.value(atX: 0.25, y: 0.5) == -4)
    #expect(map.positive.values == [0, 4, 0, 2])
    #expect(map.normalized.values == [0, 0.5, -1, 0.25])
    let flat = ActivationMap(width: 1, height: 1, values: [0])
    #expect(flat.normalized == flat && flat.value(atX: 0.3, y: 0.9) == 0)
  }
}
