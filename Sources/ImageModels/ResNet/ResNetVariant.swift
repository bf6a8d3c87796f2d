/// The residual networks of He et al. ("Deep residual learning for image recognition", 2015), by depth.
package enum ResNetVariant: String, Sendable, CaseIterable {
  case resnet18
  case resnet34
  case resnet50

  /// The blocks of each of the four stages.
  var blockCounts: [Int] {
    switch self {
    case .resnet18: [2, 2, 2, 2]
    case .resnet34, .resnet50: [3, 4, 6, 3]
    }
  }

  /// Whether blocks narrow to a quarter of their channels and widen again; else they are two plain
  /// 3x3 convolutions.
  var hasBottlenecks: Bool { self == .resnet50 }

  /// How many times wider a block's output is than its 3x3 convolution.
  var expansion: Int { hasBottlenecks ? 4 : 1 }

  /// The channels of the last stage.
  package var featureCount: Int { 512 * expansion }
}
