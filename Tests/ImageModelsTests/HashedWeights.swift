import Foundation
import ImageModels
import Layers
import ModelRegistry
import TensorCore
import TestEnvironment

/// What torchvision's networks compute with hashed weights: see `fixtures/vision/make_resnet_goldens.py`.
struct ResNetGolden: Decodable {
  let names: [String]
  let predicted: [Double]
  let trained: [Double]
  let gradients: [String: [Double]]
  let runningMean: [Double]
  let runningVariance: [Double]

  static func read(_ variant: ResNetVariant) throws -> ResNetGolden? {
    let path = ProjectFolder.fixture("vision/resnets.json")
    return try JSONDecoder().decode(
      [String: ResNetGolden].self, from: Data(contentsOf: URL(fileURLWithPath: path)))[
        variant.rawValue]
  }

  /// The images that the goldens are of.
  static let images = Tensor([4, 3, 96, 96], hashedNumbers(4 * 3 * 96 * 96, seed: 1))
}

extension ResNet {
  /// Parameters and buffers as the goldens' script makes them, the i-th of `names` from seed 100 + i.
  func hashedTensors(_ names: [String]) -> [OutgoingTensor] {
    var shapes: [String: Shape] = [:]
    for (name, parameter) in namedParameters() { shapes[name] = parameter.value.shape }
    for (name, buffer) in namedBuffers() { shapes[name] = buffer.value.shape }
    return names.enumerated().map { position, name in
      let shape = shapes[name] ?? [0]
      if name.hasSuffix("num_batches_tracked") { return OutgoingTensor(name, shape, [Int64(7)]) }
      let numbers = hashedNumbers(shape.elementCount, seed: UInt64(100 + position))
      return OutgoingTensor(name, shape, numbers.map { scaled($0, name, shape) })
    }
  }

  private func scaled(_ number: Float, _ name: String, _ shape: Shape) -> Float {
    if name.hasSuffix("running_var") { return 1 + abs(number) / 2 }
    switch shape.rank {
    case 4: return number * (6 / Float(shape[0] * shape[2] * shape[3])).squareRoot()
    case 2: return number * (1 / Float(shape[1])).squareRoot()
    default: break
    }
    if name.hasSuffix("weight") { return 0.5 + number / 8 }
    if name.hasSuffix("running_mean") || name == "fc.bias" { return number / 8 }
    // Far to one side of the relu behind: see the script.
    let isInner =
      name.hasSuffix("bn1.bias") || (variant == .resnet50 && name.hasSuffix("bn2.bias"))
    return (isInner && number < 0 ? -3 : 3) + number
  }

  /// A network loaded with the goldens' weights through a file, as a user's would be.
  static func hashed(_ variant: ResNetVariant, _ golden: ResNetGolden) throws -> ResNet {
    var random = RandomStream(seed: 0, stream: 0)
    let network = ResNet(variant, classCount: 1000, random: &random)
    let folder = try TemporaryFolder()
    let path = folder.path("weights.safetensors")
    try SafetensorsWriter.write(network.hashedTensors(golden.names), metadata: [:], to: path)
    try ParameterLoading.load(network, from: SafetensorsFile(path))
    return network
  }
}

/// Norm, greatest size and three samples of a tensor, as the goldens have them.
func samples(_ tensor: Tensor) -> [Double] {
  let numbers = tensor.elements().map(Double.init)
  let step = max(1, numbers.count / 3)
  return [
    numbers.reduce(0) { $0 + $1 * $1 }.squareRoot(), numbers.reduce(0) { max($0, abs($1)) },
  ] + stride(from: 0, to: numbers.count, by: step).prefix(3).map { numbers[$0] }
}

/// The largest distance of two lists, as a share of the largest number expected.
func distance(_ found: [Double], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  let scale = expected.reduce(0) { max($0, abs($1)) }
  return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / max(scale, 1e-30)
}
