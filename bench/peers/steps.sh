#!/bin/sh
# Whole steps of this project and of PyTorch in turn, in one sitting: JSON lines. Build the bench first: dotnet build -c Release bench/Unroll.Bench
# Usage: steps.sh [rounds] [seconds] [names...]      PYTHON names the interpreter that has torch.
cd "$(dirname "$0")/../.." || exit 1
rounds=${1:-2}; seconds=${2:-3}
[ $# -ge 2 ] && shift 2
[ $# -gt 0 ] || set -- lm200 lm650 seq2seq stream650
for round in $(seq "$rounds"); do
  for name in "$@"; do
    for threads in 1 2; do
      dotnet bench/Unroll.Bench/bin/Release/net10.0/Unroll.Bench.dll step --name "$name" --threads $threads --seconds "$seconds"
      OMP_NUM_THREADS=$threads OPENBLAS_NUM_THREADS=$threads OPENBLAS_CORETYPE=SKYLAKEX "${PYTHON:-/usr/bin/python3}" bench/peers/torch_steps.py --name "$name" --threads $threads --seconds "$seconds"
    done
  done
done
