builtin.module {
  util.global private @table = #flow.parameter.named<"model"::"table"> : tensor<8x4xf32>
  flow.executable @main_dispatch_0 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_0_elementwise_Dx2_f32(@main_dispatch_0_elementwise_Dx2_f32)
    builtin.module {
      func.func @main_dispatch_0_elementwise_Dx2_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x4xf32>>, %1: index, %2: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x2xf32>>) {
        %3 = iree_tensor_ext.dispatch.tensor.load %0{%1}, offsets = [0, 0], sizes = [%1, 4], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x4xf32>> -> tensor<?x4xf32>
        %a = tensor.extract_slice %3[0, 1] [%1, 2] [1, 1] : tensor<?x4xf32> to tensor<?x2xf32>
        %e2 = tensor.empty(%1) : tensor<?x2xf32>
        %a2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%a : tensor<?x2xf32>) outs(%e2 : tensor<?x2xf32>) {
        ^bb0(%4: f32, %5: f32):
          %6 = math.exp %4 : f32
          linalg.yield %6 : f32
        } -> tensor<?x2xf32>
        iree_tensor_ext.dispatch.tensor.store %a2, %2{%1}, offsets = [0, 0], sizes = [%1, 2], strides = [1, 1] : tensor<?x2xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x2xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_1 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_1_insert_slice_Dx6xf32(@main_dispatch_1_insert_slice_Dx6xf32)
    builtin.module {
      func.func @main_dispatch_1_insert_slice_Dx6xf32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x4xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x2xf32>>, %2: index, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x6xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0{%2}, offsets = [0, 0], sizes = [%2, 4], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x4xf32>> -> tensor<?x4xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1{%2}, offsets = [0, 0], sizes = [%2, 2], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x2xf32>> -> tensor<?x2xf32>
        %e6 = tensor.empty(%2) : tensor<?x6xf32>
        %c0 = tensor.insert_slice %4 into %e6[0, 0] [%2, 4] [1, 1] : tensor<?x4xf32> into tensor<?x6xf32>
        %c1 = tensor.insert_slice %5 into %c0[0, 4] [%2, 2] [1, 1] : tensor<?x2xf32> into tensor<?x6xf32>
        iree_tensor_ext.dispatch.tensor.store %c1, %3{%2}, offsets = [0, 0], sizes = [%2, 6], strides = [1, 1] : tensor<?x6xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x6xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_2 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_2_pad_Dx6xf32(@main_dispatch_2_pad_Dx6xf32)
    builtin.module {
      func.func @main_dispatch_2_pad_Dx6xf32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x6xf32>>, %1: index, %2: index, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x6xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0{%2}, offsets = [0, 0], sizes = [%2, 6], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x6xf32>> -> tensor<?x6xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %p = tensor.pad %4 low[1, 0] high[1, 0] {
        ^bb0(%i: index, %j: index):
          tensor.yield %zero : f32
        } : tensor<?x6xf32> to tensor<?x6xf32>
        iree_tensor_ext.dispatch.tensor.store %p, %3{%1}, offsets = [0, 0], sizes = [%1, 6], strides = [1, 1] : tensor<?x6xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x6xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_3 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_3_elementwise_Dx4_f32(@main_dispatch_3_elementwise_Dx4_f32)
    builtin.module {
      func.func @main_dispatch_3_elementwise_Dx4_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x4xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x4xf32>>, %2: index, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x4xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0{%2}, offsets = [0, 0], sizes = [%2, 4], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x4xf32>> -> tensor<?x4xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0], sizes = [8, 4], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x4xf32>> -> tensor<8x4xf32>
        %e4 = tensor.empty(%2) : tensor<?x4xf32>
        %g = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%4 : tensor<?x4xf32>) outs(%e4 : tensor<?x4xf32>) {
        ^bb0(%v: f32, %o: f32):
          %k = arith.fptosi %v : f32 to i32
          %ki = arith.index_cast %k : i32 to index
          %j = linalg.index 1 : index
          %t = tensor.extract %5[%ki, %j] : tensor<8x4xf32>
          linalg.yield %t : f32
        } -> tensor<?x4xf32>
        iree_tensor_ext.dispatch.tensor.store %g, %3{%2}, offsets = [0, 0], sizes = [%2, 4], strides = [1, 1] : tensor<?x4xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x4xf32>>
        func.return
      }
    }
  }
  func.func public @main(%view: !hal.buffer_view) -> (!hal.buffer_view, !hal.buffer_view, !hal.buffer_view) {
    %zero = arith.constant 0.000000e+00 : f32
    %c2 = arith.constant 2 : index
    %n = hal.buffer_view.dim %view dim(0 : i64) : index
    %x = hal.tensor.import %view{%n} : !hal.buffer_view -> tensor<?x4xf32>
    %table = util.global.load @table : tensor<8x4xf32>
    %a2 = flow.dispatch @main_dispatch_0::@main_dispatch_0_elementwise_Dx2_f32[%n] (%x, %n) {%n} result_dims{%n} : (tensor<?x4xf32>, index) -> (tensor<?x2xf32>)
    %m = arith.addi %n, %c2 : index
    %c1 = flow.dispatch @main_dispatch_1::@main_dispatch_1_insert_slice_Dx6xf32[%n] (%x, %a2, %n) {%n, %n} result_dims{%n} : (tensor<?x4xf32>, tensor<?x2xf32>, index) -> (tensor<?x6xf32>)
    %0 = arith.constant 1 : index
    %1 = arith.addi %n, %0 : index
    %2 = arith.addi %1, %0 : index
    %p = flow.dispatch @main_dispatch_2::@main_dispatch_2_pad_Dx6xf32[%2, %n] (%c1, %2, %n) {%n} result_dims{%2} : (tensor<?x6xf32>, index, index) -> (tensor<?x6xf32>)
    %g = flow.dispatch @main_dispatch_3::@main_dispatch_3_elementwise_Dx4_f32[%n] (%x, %table, %n) {%n} result_dims{%n} : (tensor<?x4xf32>, tensor<8x4xf32>, index) -> (tensor<?x4xf32>)
    %f = flow.tensor.splat %zero : f32 -> tensor<?x4xf32>{%n}
    %o0 = hal.tensor.export %p{%m} : tensor<?x6xf32> -> !hal.buffer_view
    %o1 = hal.tensor.export %g{%n} : tensor<?x4xf32> -> !hal.buffer_view
    %o2 = hal.tensor.export %f{%n} : tensor<?x4xf32> -> !hal.buffer_view
    func.return %o0, %o1, %o2 : !hal.buffer_view, !hal.buffer_view, !hal.buffer_view
  }
}
